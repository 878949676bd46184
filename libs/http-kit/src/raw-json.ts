/**
 * Finds values inside JSON text without rewriting them: a payload leaves Posthorn as the very bytes it came in
 * (`9007199254740993`, `1.0` and `1e400` do not survive a parse). Every function here expects text that
 * `JSON.parse` has already accepted, so it only has to find where a value ends.
 */

/** One JSON value inside its source: the bytes from `start` up to, not including, `end`. No whitespace around it. */
export interface Slice {
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** The value that is the whole text, without the whitespace around it. */
export function wholeValue(json: Buffer): Slice {
  const start = skipSpace(json, 0);
  return { start, end: endOfValue(json, start) };
}

/**
 * The members of the object at `object`, by their decoded names. A name given twice keeps its last value, as `JSON.parse` does.
 * `null` when the value there is not an object.
 */
export function memberSlices(json: Buffer, object: Slice): Map<string, Slice> | null {
  if (json[object.start] !== OPEN_BRACE) return null;
  const members = new Map<string, Slice>();
  let at = skipSpace(json, object.start + 1);
  while (json[at] !== CLOSE_BRACE) {
    const nameEnd = endOfString(json, at);
    const name = decodeString(json, at, nameEnd);
    const start = skipSpace(json, skipPast(json, nameEnd, COLON));
    const end = endOfValue(json, start);
    members.set(name, { start, end });
    at = skipPast(json, end, COMMA);
  }
  return members;
}

/** The elements of the array at `array`, in order; `null` when the value there is not an array. */
export function elementSlices(json: Buffer, array: Slice): Slice[] | null {
  if (json[array.start] !== OPEN_BRACKET) return null;
  const elements: Slice[] = [];
  let at = skipSpace(json, array.start + 1);
  while (json[at] !== CLOSE_BRACKET) {
    const end = endOfValue(json, at);
    elements.push({ start: at, end });
    at = skipPast(json, end, COMMA);
  }
  return elements;
}

/** Whether objects and arrays are nested more than `limit` levels deep in the value. A scalar has depth 0, `[]` has 1. */
export function isDeeperThan(json: Buffer, value: Slice, limit: number): boolean {
  let depth = 0;
  for (let at = value.start; at < value.end; at++) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfString(json, at) - 1;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (++depth > limit) return true;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--;
  }
  return false;
}

/** The same question about text that nobody has parsed yet. Text that is no JSON may get either answer. */
export function isTooDeepToParse(text: Buffer, limit: number): boolean {
  try {
    return isDeeperThan(text, { start: 0, end: text.length }, limit);
  } catch {
    return false;
  }
}

function endOfValue(json: Buffer, start: number): number {
  const first = json[start];
  if (first === QUOTE) return endOfString(json, start);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return endOfContainer(json, start);
  let at = start;
  while (at < json.length && !endsScalar(json[at])) at++;
  return at;
}

// A counter instead of recursion: the nesting is the sender's choice and must not cost stack.
function endOfContainer(json: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; ; at++) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfString(json, at) - 1;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at + 1;
    else if (at >= json.length) throw new RangeError('raw-json was given text that is not JSON');
  }
}

function endOfString(json: Buffer, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    const byte = json[at];
    if (byte === BACKSLASH) at++;
    else if (byte === QUOTE) return at + 1;
  }
  throw new RangeError('raw-json was given text that is not JSON');
}

function decodeString(json: Buffer, start: number, end: number): string {
  return JSON.parse(json.toString('utf8', start, end)) as string;
}

/** Moves over whitespace, then over `separator` when it is there, then over the whitespace behind it. */
function skipPast(json: Buffer, from: number, separator: number): number {
  const at = skipSpace(json, from);
  return json[at] === separator ? skipSpace(json, at + 1) : at;
}

function skipSpace(json: Buffer, from: number): number {
  let at = from;
  while (isSpace(json[at])) at++;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function endsScalar(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte);
}
