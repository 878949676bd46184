import type { FieldError } from '#core';

const UNSTORABLE = /\0|\p{Surrogate}/u;

/** Names every text inside a parsed JSON value that Postgres cannot store as text: with NUL, or with half of a surrogate pair. */
export function unstorableTexts(value: unknown, pointer = ''): FieldError[] {
  if (typeof value === 'string') return UNSTORABLE.test(value) ? [unstorable(pointer)] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const here = `${pointer}/${escapePointer(name)}`;
    return UNSTORABLE.test(name) ? [unstorable(here)] : unstorableTexts(member, here);
  });
}

/** One segment of a JSON pointer (RFC 6901, section 3). */
export function escapePointer(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}

function unstorable(pointer: string): FieldError {
  return { pointer, code: 'text_invalid', detail: 'must not contain NUL or half of a surrogate pair' };
}
