import { SECOND } from './units.js';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const shortDay = `(?<weekday>${DAYS.map((day) => day.slice(0, 3)).join('|')})`;
const longDay = `(?<weekday>${DAYS.join('|')})`;
const month = `(?<month>${MONTHS.join('|')})`;
const time = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`;

// The three forms of RFC 9110, section 5.6.7. Case matters there.
const FORMS = [
  new RegExp(String.raw`^${shortDay}, (?<day>\d\d) ${month} (?<year>\d{4}) ${time} GMT$`), // IMF-fixdate
  new RegExp(String.raw`^${longDay}, (?<day>\d\d)-${month}-(?<year>\d\d) ${time} GMT$`), // RFC 850
  new RegExp(String.raw`^${shortDay} ${month} (?<day>\d\d| \d) ${time} (?<year>\d{4})$`), // asctime
];

/**
 * An HTTP-date in ms since the epoch, or null. Never `Date.parse`, which takes `-5` and `1.5` for dates. A date that does
 * not exist (30 February, a wrong weekday, 24:00) is none.
 */
export function parseHttpDate(text: string, nowMs: number): number | null {
  for (const form of FORMS) {
    const groups = form.exec(text)?.groups;
    if (groups) return toTime(groups as unknown as DateParts, nowMs);
  }
  return null;
}

interface DateParts {
  weekday: string;
  day: string;
  month: string;
  year: string;
  hour: string;
  minute: string;
  second: string;
}

function toTime(parts: DateParts, nowMs: number): number | null {
  const [day, hour, minute, second] = [
    Number(parts.day),
    Number(parts.hour),
    Number(parts.minute),
    Number(parts.second),
  ];
  if (hour > 23 || minute > 59 || second > 60) return null; // 60: a leap second
  const monthIndex = MONTHS.indexOf(parts.month);
  const timeOfYear = (year: number): number =>
    utc(year, monthIndex, day) + ((hour * 60 + minute) * 60 + second) * SECOND;
  const year = parts.year.length === 2 ? fullYear(Number(parts.year), timeOfYear, nowMs) : Number(parts.year);

  const midnight = new Date(utc(year, monthIndex, day));
  if (midnight.getUTCDate() !== day || midnight.getUTCMonth() !== monthIndex) return null;
  if (!DAYS[midnight.getUTCDay()]?.startsWith(parts.weekday)) return null;
  return timeOfYear(year);
}

/** Two digits are this century's year, unless that lies more than 50 years ahead: then the most recent one in the past. */
function fullYear(twoDigits: number, timeOfYear: (year: number) => number, nowMs: number): number {
  const now = new Date(nowMs);
  const year = now.getUTCFullYear() - (now.getUTCFullYear() % 100) + twoDigits;
  const in50Years = new Date(nowMs);
  in50Years.setUTCFullYear(now.getUTCFullYear() + 50);
  return timeOfYear(year) > in50Years.getTime() ? year - 100 : year;
}

/** Unlike `Date.UTC`, year 70 is not 1970. */
function utc(year: number, monthIndex: number, day: number): number {
  return new Date(0).setUTCFullYear(year, monthIndex, day);
}
