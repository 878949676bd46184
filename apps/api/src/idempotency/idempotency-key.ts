import type { IncomingHttpHeaders } from 'node:http';
import { ProblemError } from '#core';

const BARE = /^[\x20-\x7e]{1,255}$/;
/** A string of RFC 9651 (section 3.3.3): quotes and backslashes are escaped. */
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/** The key of the header `Idempotency-Key`, bare or as a quoted string (the same key); null without one. */
export function readIdempotencyKey(headers: IncomingHttpHeaders): string | null {
  const header = headers['idempotency-key'];
  if (header === undefined) return null;
  const text = typeof header === 'string' ? header : header.join();
  const key = unquote(text);
  if (key === null || !isIdempotencyKey(key)) {
    throw new ProblemError('idempotency_key_invalid', {
      detail: 'Idempotency-Key must be 1 to 255 printable ASCII characters, bare or as a quoted string',
    });
  }
  return key;
}

export function isIdempotencyKey(text: string): boolean {
  return BARE.test(text);
}

/** Half a quoted string is no key at all. */
function unquote(text: string): string | null {
  if (!text.startsWith('"')) return text;
  return QUOTED.exec(text)?.[1]?.replaceAll(/\\(["\\])/g, '$1') ?? null;
}
