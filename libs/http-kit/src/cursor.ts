import { createHash } from 'node:crypto';
import { ProblemError } from '#core';

const VERSION = 1;
const CHECK_BYTES = 4;
const FILTERS_BYTES = 8;
const HEAD_BYTES = 1 + CHECK_BYTES + FILTERS_BYTES;

/** Where the next page begins: behind `position`, which only this list with these filters understands. Opaque to clients. */
export function encodeCursor(position: string, filters: object): string {
  const rest = Buffer.concat([hashOf(filters), Buffer.from(position)]);
  return Buffer.concat([Buffer.from([VERSION]), check(rest), rest]).toString('base64url');
}

/** The position in a cursor. Throws `cursor_invalid` for what we never made, `cursor_mismatch` for one made with other filters. */
export function decodeCursor(text: string, filters: object): string {
  const bytes = Buffer.from(text, 'base64url');
  const rest = bytes.subarray(1 + CHECK_BYTES);
  const genuine =
    bytes.length > HEAD_BYTES &&
    bytes[0] === VERSION &&
    bytes.toString('base64url') === text &&
    bytes.subarray(1, 1 + CHECK_BYTES).equals(check(rest));
  if (!genuine) throw new ProblemError('cursor_invalid', { detail: 'cursor is not one that a list answered with' });
  if (!rest.subarray(0, FILTERS_BYTES).equals(hashOf(filters))) {
    throw new ProblemError('cursor_mismatch', {
      detail: 'cursor was made with other filters: repeat the filters, or start without a cursor',
    });
  }
  return rest.toString('utf8', FILTERS_BYTES);
}

function hashOf(filters: object): Buffer {
  const known = Object.entries(filters).filter(([, value]) => value !== undefined && value !== null);
  const canonical = JSON.stringify(known.sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256').update(canonical).digest().subarray(0, FILTERS_BYTES);
}

// Against typing errors and rubbish, not against forgery: a cursor opens nothing that its filters would not.
function check(rest: Buffer): Buffer {
  return createHash('sha256').update(rest).digest().subarray(0, CHECK_BYTES);
}
