import { KIB } from '#core';
import { escapePointer } from '#http-kit';
import type { Report } from '#http-kit';

const MOST = 20;
const LARGEST = 8 * KIB;
/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const PRINTABLE = /^[\t\x20-\x7e]*$/;
/** Ours to set, or the connection's. */
const FORBIDDEN = new Set([
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'te',
  'trailer',
  'connection',
  'keep-alive',
  'proxy-connection',
  'upgrade',
  'expect',
  'user-agent',
]);
const FORBIDDEN_PREFIXES = ['webhook-', 'posthorn-'];

/** What a header's value reads as; sent back, it means "as it is". */
export const HIDDEN = '***';

/** Headers a tenant adds to its deliveries: at most 20, together at most 8 KiB. In a merge patch a null removes one. */
export function customHeaders(value: unknown, report: Report): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report('', 'invalid_type', 'must be an object of header values');
    return;
  }
  const entries = Object.entries(value);
  if (entries.length > MOST) report('', 'too_long', `must be at most ${MOST} headers`);
  const seen = new Set<string>();
  for (const [name, text] of entries) {
    const problem = problemOf(name, text, seen);
    if (problem !== null) report(`/${escapePointer(name)}`, 'header_forbidden', problem);
    seen.add(name.toLowerCase());
  }
  const size = entries.reduce((sum, [name, text]) => sum + name.length + String(text).length, 0);
  if (size > LARGEST) report('', 'too_long', 'must be at most 8 KiB altogether');
}

function problemOf(name: string, value: unknown, seen: Set<string>): string | null {
  const lower = name.toLowerCase();
  if (!TOKEN.test(name)) return 'is not a header name';
  if (FORBIDDEN.has(lower) || FORBIDDEN_PREFIXES.some((prefix) => lower.startsWith(prefix)))
    return 'is set by Posthorn and cannot be given';
  if (seen.has(lower)) return 'is given twice';
  if (value === null) return null;
  if (typeof value !== 'string') return 'must be a string';
  return PRINTABLE.test(value) ? null : 'must be printable ASCII, without CR, LF or NUL';
}
