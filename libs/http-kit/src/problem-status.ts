import { PROBLEMS } from '#core';
import type { ProblemCode } from '#core';

type ProblemKind = (typeof PROBLEMS)[ProblemCode]['kind'];

/** The one place where a kind of problem becomes an HTTP status. A new kind does not compile until it is here. */
const STATUS: Record<ProblemKind, number> = {
  unparseable: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  gone: 410,
  too_large: 413,
  invalid: 422,
  too_many: 429,
  internal: 500,
  unavailable: 503,
};

/** The HTTP status of a problem code. */
export function problemStatus(code: ProblemCode): number {
  return OWN_STATUS[code] ?? STATUS[PROBLEMS[code].kind];
}

// Statements about HTTP itself, which core knows nothing of.
const OWN_STATUS: Partial<Record<ProblemCode, number>> = {
  method_not_allowed: 405,
  not_acceptable: 406,
  unsupported_media_type: 415,
};
