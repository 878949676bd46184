import { isIdLike } from '#core';
import type { Report } from '#http-kit';

const UID = /^[A-Za-z0-9._-]{1,128}$/;

export function isUid(text: string): boolean {
  return UID.test(text) && !isIdLike(text);
}

/** A tenant's own name for something; one that looks like our ids would make "id or uid" ambiguous. */
export function uid(value: unknown, report: Report): void {
  if (typeof value !== 'string' || !isUid(value)) {
    report('', 'uid_invalid', 'must be 1 to 128 of A-Z a-z 0-9 . _ - and not begin like one of our ids');
  }
}
