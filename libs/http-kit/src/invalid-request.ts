import { ProblemError } from '#core';
import type { FieldError, ProblemCode } from '#core';

/** Wrong fields whose code says all there is to say: when nothing else is wrong, the whole problem carries it. */
const SPEAKING: ReadonlySet<string> = new Set<ProblemCode>([
  'recipient_required',
  'subscriber_not_found',
  'subscriber_reserved',
  'unknown_event_type',
  'event_type_reserved',
  'payload_too_large',
  'payload_too_deep',
  'idempotency_key_invalid',
  'idempotency_key_conflict',
  'idempotency_key_reused',
  'uid_taken',
]);

/** The problem for a request that was parsed but is wrong, naming every field. */
export function invalidRequest(errors: FieldError[]): ProblemError {
  const codes = new Set(errors.map((error) => error.code));
  const [only] = codes;
  const code =
    codes.size === 1 && only !== undefined && SPEAKING.has(only) ? (only as ProblemCode) : 'validation_failed';
  return new ProblemError(code, {
    detail: errors.length === 1 ? '1 field is wrong' : `${errors.length} fields are wrong`,
    errors,
  });
}
