import fc from 'fast-check';
import { parseRetryAfter } from './retry-after.js';
import { HOUR, MINUTE, SECOND } from './units.js';

const NOW = Date.UTC(2026, 10, 23, 18, 53, 0, 123);
const LIMIT = NOW + 72 * HOUR;
const IN_7_MIN = Date.UTC(2026, 10, 23, 19, 0, 0);

describe('Retry-After', () => {
  it.each<[string, string | readonly string[] | undefined, number | null]>([
    // seconds
    ['seconds', '120', NOW + 2 * MINUTE],
    ['zero: now', '0', NOW],
    ['leading zeros', '0030', NOW + 30 * SECOND],
    ['white space around it', ' \t30 ', NOW + 30 * SECOND],
    ['a day', '86400', NOW + 24 * HOUR],
    ['more than 72 h', '259201', LIMIT],
    ['30 digits', '9'.repeat(30), LIMIT],
    ['so many digits that they are infinite', '9'.repeat(400), LIMIT],
    ['a negative number', '-5', null],
    ['a signed number', '+5', null],
    ['a fraction', '1.5', null],
    ['an exponent', '1e3', null],
    ['hex', '0x10', null],
    ['a unit', '30s', null],
    ['digits of another script', '٣٠', null],
    ['a list of seconds', '30, 60', null],
    ['nothing', '', null],
    ['no header', undefined, null],
    ['no header, as a list', [], null],
    ['words', 'soon', null],
    // dates
    ['an IMF-fixdate', 'Mon, 23 Nov 2026 19:00:00 GMT', IN_7_MIN],
    ['an RFC 850 date', 'Monday, 23-Nov-26 19:00:00 GMT', IN_7_MIN],
    ['an asctime date', 'Mon Nov 23 19:00:00 2026', IN_7_MIN],
    ['an asctime date with a one-digit day, capped', 'Tue Dec  1 19:00:00 2026', LIMIT],
    ['a leap second', 'Mon, 23 Nov 2026 18:59:60 GMT', IN_7_MIN],
    ['a past date', 'Sun, 06 Nov 1994 08:49:37 GMT', null],
    ['a past RFC 850 date: 94 is not 2094', 'Sunday, 06-Nov-94 08:49:37 GMT', null],
    ['a past asctime date', 'Sun Nov  6 08:49:37 1994', null],
    ['the second that has begun', 'Mon, 23 Nov 2026 18:53:00 GMT', null],
    ['the year 2099', 'Mon, 23 Nov 2099 19:00:00 GMT', LIMIT],
    ['an RFC 850 date within 50 years', 'Sunday, 23-Nov-70 19:00:00 GMT', LIMIT],
    ['an RFC 850 date more than 50 years ahead: 1977', 'Wednesday, 23-Nov-77 19:00:00 GMT', null],
    ['a wrong weekday', 'Tue, 23 Nov 2026 19:00:00 GMT', null],
    ['a day that does not exist', 'Tue, 31 Nov 2026 19:00:00 GMT', null],
    ['29 February of a common year', 'Mon, 29 Feb 2027 19:00:00 GMT', null],
    ['day 0', 'Mon, 00 Nov 2026 19:00:00 GMT', null],
    ['24:00', 'Mon, 23 Nov 2026 24:00:00 GMT', null],
    ['minute 60', 'Mon, 23 Nov 2026 19:60:00 GMT', null],
    ['second 61', 'Mon, 23 Nov 2026 19:00:61 GMT', null],
    ['another zone', 'Mon, 23 Nov 2026 19:00:00 UTC', null],
    ['an offset', 'Mon, 23 Nov 2026 19:00:00 +0000', null],
    ['no zone', 'Mon, 23 Nov 2026 19:00:00', null],
    ['lower case', 'mon, 23 nov 2026 19:00:00 gmt', null],
    ['a one-digit day in an IMF-fixdate', 'Tue, 1 Dec 2026 19:00:00 GMT', null],
    ['a zero-padded day in asctime, which has two digits', 'Tue Dec 01 19:00:00 2026', LIMIT],
    ['an ISO date', '2026-11-23T19:00:00Z', null],
    ['a bare year', '2099 GMT', null],
    ['something behind the date', 'Mon, 23 Nov 2026 19:00:00 GMT; x', null],
    // several headers: the first valid one
    ['two headers', ['30', '60'], NOW + 30 * SECOND],
    ['two headers, the longer one first', ['60', '30'], NOW + 60 * SECOND],
    ['two headers, the first malformed', ['-5', '60'], NOW + 60 * SECOND],
    ['two headers, the first past', ['Sun, 06 Nov 1994 08:49:37 GMT', '60'], NOW + 60 * SECOND],
    ['two headers, both malformed', ['-5', '1.5'], null],
  ])('%s', (_case, values, until) => {
    expect(parseRetryAfter(values, NOW)).toBe(until);
  });

  it('reads every second of the next days in all three forms', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 72 * 3600 }), (ahead) => {
        const at = new Date(Math.floor(NOW / SECOND) * SECOND + ahead * SECOND);
        const [weekday, day, month, year, time] = at.toUTCString().replace(',', '').split(' ') as [
          string,
          string,
          string,
          string,
          string,
        ];
        const longDay = at.toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' });
        const forms = [
          at.toUTCString(),
          `${longDay}, ${day}-${month}-${year.slice(2)} ${time} GMT`,
          `${weekday} ${month} ${day.replace(/^0/, ' ')} ${time} ${year}`,
        ];
        for (const form of forms) expect(parseRetryAfter(form, NOW)).toBe(at.getTime());
      }),
    );
  });

  it('takes any text without throwing, and never answers with the past or more than 72 h', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (values) => {
        const until = parseRetryAfter(values, NOW);
        if (until !== null) {
          expect(until).toBeGreaterThanOrEqual(NOW);
          expect(until).toBeLessThanOrEqual(LIMIT);
        }
      }),
    );
  });
});
