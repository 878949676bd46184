/** The few kinds of problems. Only http-kit knows which HTTP status each of them has. */
export type ProblemKind =
  | 'unparseable'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'gone'
  | 'too_large'
  | 'invalid'
  | 'too_many'
  | 'unavailable'
  | 'internal';

interface Problem {
  kind: ProblemKind;
  title: string;
}

/** Every problem the API can answer with. The codes are stable; the documentation lists exactly these. */
export const PROBLEMS = {
  malformed_json: { kind: 'unparseable', title: 'The body is not JSON' },
  malformed_request: { kind: 'unparseable', title: 'The request cannot be read' },
  cursor_invalid: { kind: 'unparseable', title: 'The cursor cannot be read' },
  cursor_mismatch: { kind: 'unparseable', title: 'The cursor belongs to a list with other filters' },
  idempotency_key_invalid: {
    kind: 'unparseable',
    title: 'The idempotency key is not 1 to 255 printable ASCII characters',
  },
  method_not_allowed: { kind: 'unparseable', title: 'The route does not answer this method' },
  not_acceptable: { kind: 'unparseable', title: 'The answer has no form the client accepts' },
  unsupported_media_type: { kind: 'unparseable', title: 'The body is of a type the route does not read' },

  unauthenticated: { kind: 'unauthenticated', title: 'The request carries no valid key' },
  forbidden: { kind: 'forbidden', title: 'The key may not do this' },
  not_found: { kind: 'not_found', title: 'There is no such thing' },

  idempotency_in_progress: { kind: 'conflict', title: 'A request with this idempotency key is still running' },
  delivery_not_pending: { kind: 'conflict', title: 'The delivery is not pending any more' },
  uid_taken: { kind: 'conflict', title: 'The uid is taken' },
  payload_expired: { kind: 'gone', title: 'The payload is past its retention' },

  body_too_large: { kind: 'too_large', title: 'The request body is too large' },
  payload_too_large: { kind: 'too_large', title: "An event's payload is larger than 256 KiB" },

  validation_failed: { kind: 'invalid', title: 'The request is not valid' },
  payload_too_deep: { kind: 'invalid', title: "An event's payload is nested deeper than 64 levels" },
  recipient_required: { kind: 'invalid', title: 'An event names either a subscriber or broadcast' },
  subscriber_not_found: { kind: 'invalid', title: 'The subscriber does not exist' },
  subscriber_reserved: { kind: 'invalid', title: 'The subscriber belongs to the platform' },
  unknown_event_type: { kind: 'invalid', title: 'The event type is not in the catalogue' },
  event_type_invalid: { kind: 'invalid', title: 'The event type or filter is not well-formed' },
  event_type_reserved: { kind: 'invalid', title: 'Event types under posthorn. belong to the platform' },
  schema_invalid: { kind: 'invalid', title: 'The schema of an event type is not a usable JSON Schema' },
  broadcast_too_wide: { kind: 'invalid', title: 'The broadcast matches more endpoints than the tenant allows' },
  idempotency_key_reused: { kind: 'invalid', title: 'The idempotency key was used with other content' },
  idempotency_key_conflict: { kind: 'invalid', title: 'Idempotency keys are given for the request and for its events' },
  uid_invalid: { kind: 'invalid', title: 'The uid is not well-formed' },
  url_forbidden: { kind: 'invalid', title: 'Endpoints may not have this URL' },
  address_forbidden: { kind: 'invalid', title: 'Endpoints may not lead to this address' },
  port_forbidden: { kind: 'invalid', title: 'Endpoints may not use this port' },
  header_forbidden: { kind: 'invalid', title: 'Deliveries may not carry this header' },
  secret_invalid: { kind: 'invalid', title: 'The secret is not of the form that the signature scheme has' },

  rate_limited: { kind: 'too_many', title: 'Too many requests' },
  overloaded: { kind: 'unavailable', title: 'More is asked for than can be done now' },
  unavailable: { kind: 'unavailable', title: 'The service is not available' },
  internal: { kind: 'internal', title: 'Something went wrong on our side' },
} as const satisfies Record<string, Problem>;

export type ProblemCode = keyof typeof PROBLEMS;

/** One wrong field of a request: a JSON pointer into it, a stable code, and a sentence. */
export interface FieldError {
  pointer: string;
  code: string;
  detail: string;
}

interface ProblemDetails {
  detail?: string;
  errors?: readonly FieldError[];
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** A request that cannot be fulfilled, for a reason its sender should know. Thrown anywhere; answered in one place. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly detail: string | undefined;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ProblemCode, { detail, errors, retryAfterSeconds, cause }: ProblemDetails = {}) {
    super(detail === undefined ? PROBLEMS[code].title : `${PROBLEMS[code].title}: ${detail}`, { cause });
    this.name = 'ProblemError';
    this.code = code;
    this.detail = detail;
    this.errors = errors;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
