import type { FieldError } from '#core';
import { KIB } from '#core';
import { isDeeperThan } from '#http-kit';
import type { Slice } from '#http-kit';

export const LARGEST_PAYLOAD = 256 * KIB;
const DEEPEST_PAYLOAD = 64;

/** What is wrong with a payload, if anything: its size in bytes as it came, and how deep it nests. */
export function payloadProblem(body: Buffer, payload: Slice, pointer: string): FieldError | null {
  const bytes = payload.end - payload.start;
  if (bytes > LARGEST_PAYLOAD) {
    return { pointer, code: 'payload_too_large', detail: `is ${bytes} bytes; at most ${LARGEST_PAYLOAD} are allowed` };
  }
  if (isDeeperThan(body, payload, DEEPEST_PAYLOAD)) {
    return { pointer, code: 'payload_too_deep', detail: `is nested more than ${DEEPEST_PAYLOAD} levels deep` };
  }
  return null;
}
