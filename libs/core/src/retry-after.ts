import { parseHttpDate } from './http-date.js';
import { HOUR, SECOND } from './units.js';

/** However far ahead a receiver points, its lane waits no longer than a delivery lives. */
const MAX_WAIT = 72 * HOUR;
const DELAY_SECONDS = /^\d+$/;

/**
 * When the receiver asks to be called again, in ms since the epoch, at most 72 h from now. Of several headers the first valid
 * one counts; null when there is none: malformed, negative and past values are ignored (RFC 9110, section 10.2.3).
 */
export function parseRetryAfter(values: string | readonly string[] | undefined, nowMs: number): number | null {
  if (values === undefined) return null;
  for (const value of typeof values === 'string' ? [values] : values) {
    const until = parseOne(value.trim(), nowMs);
    if (until !== null) return Math.min(until, nowMs + MAX_WAIT);
  }
  return null;
}

function parseOne(value: string, nowMs: number): number | null {
  if (DELAY_SECONDS.test(value)) return nowMs + Number(value) * SECOND;
  const date = parseHttpDate(value, nowMs);
  return date !== null && date >= nowMs ? date : null;
}
