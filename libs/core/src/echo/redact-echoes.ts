import { canonicalBase64, SEED_LENGTH, type EchoForm } from './echo-forms.js';
import { unescaped } from './unescaped.js';

/** What stands in a secret's place: what the API shows for a header's value, too. */
const HIDDEN = '***';
/** At the end of a text that was cut, so much of a secret's beginning is taken for it. */
const SHORTEST_REST = 4;
/** Escapes within escapes: a URL in JSON, JSON in JSON. */
const LEVELS = 2;

type Range = readonly [from: number, to: number];

/**
 * A text without the secrets that stand in it: as they are, escaped for JSON, URL or HTML, in base64 or hex. Give bytes as latin1.
 * @param cut the text went on: at its end a secret's first characters are hidden as well.
 */
export function redactEchoes(text: string, forms: readonly EchoForm[], cut: boolean): string {
  const ranges: Range[] = [];
  let level = { text, origins: null as readonly number[] | null };
  for (let depth = 0; ; depth += 1) {
    const { origins } = level;
    const origin = (index: number): number => origins?.[index] ?? index;
    for (const [from, to] of find(canonicalBase64(level.text), forms, cut)) ranges.push([origin(from), origin(to)]);
    const next = depth < LEVELS ? unescaped(level.text, cut) : null;
    if (next === null) return hide(text, ranges);
    level = { text: next.text, origins: next.origins.map(origin) };
  }
}

/** Whether a text has a word in which the beginning of a long form could stand. Most answers have none, and this look is cheap. */
export function hasLongWord(text: string): boolean {
  return LONG_WORD.test(text);
}

const LONG_WORD = new RegExp(`[A-Za-z0-9+/=_\\-\\\\%&#;]{${String(SEED_LENGTH)}}`);

function find(text: string, forms: readonly EchoForm[], cut: boolean): Range[] {
  const ranges: Range[] = [];
  for (const form of forms) {
    for (let at = text.indexOf(form.seed); at !== -1;) {
      const end = endOf(text, form, at);
      ranges.push([at, end]);
      at = text.indexOf(form.seed, end);
    }
    const rest = cut ? restLength(text, form.seed) : 0;
    if (rest > 0) ranges.push([text.length - rest, text.length]);
  }
  return ranges;
}

/** As far as it is the secret. */
function endOf(text: string, form: EchoForm, at: number): number {
  let end = at + form.seed.length;
  while (end - at < form.text.length && text[end] === form.text[end - at]) end += 1;
  return end;
}

function restLength(text: string, seed: string): number {
  for (let length = seed.length - 1; length >= SHORTEST_REST; length -= 1)
    if (text.endsWith(seed.slice(0, length))) return length;
  return 0;
}

function hide(text: string, ranges: readonly Range[]): string {
  let hidden = '';
  let done = 0;
  for (const [from, to] of ranges.toSorted(([a], [b]) => a - b)) {
    if (to <= done) continue;
    if (from > done || done === 0) hidden += text.slice(done, from) + HIDDEN;
    done = to;
  }
  return done === 0 ? text : hidden + text.slice(done);
}
