import { KIB } from '#core';
import { invalidRequest } from '#http-kit';
import type { Report } from '#http-kit';
import { mergePatch } from './merge-patch.js';

const LARGEST = 4 * KIB;

/** An object of the tenant's own, up to 4 KiB as JSON. */
export function metadata(value: unknown, report: Report): void {
  if (typeof value !== 'object' || Array.isArray(value)) report('', 'invalid_type', 'must be an object');
  else if (Buffer.byteLength(JSON.stringify(value)) > LARGEST) report('', 'too_long', 'must be at most 4 KiB as JSON');
}

/** Metadata after a merge patch: absent leaves it, null empties it. */
export function mergeMetadata(
  current: Record<string, unknown>,
  patch: Record<string, unknown> | null | undefined,
): Record<string, unknown> {
  if (patch === undefined) return current;
  const merged = patch === null ? {} : mergePatch(current, patch);
  metadata(merged, (pointer, code, detail) => {
    throw invalidRequest([{ pointer: `/metadata${pointer}`, code, detail }]);
  });
  return merged;
}
