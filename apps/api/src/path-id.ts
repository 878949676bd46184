import { decodeId, ProblemError } from '#core';
import type { IdKind } from '#core';

/** The uuid behind an id in a path. What is no id of that kind names nothing: 404. */
export function pathId(kind: IdKind, text: string): string {
  const uuid = decodeId(kind, text);
  if (uuid === null) throw new ProblemError('not_found', { detail: `there is no such ${kind}` });
  return uuid;
}

/** The problem for what is not there, or belongs to somebody else. */
export function notFound(kind: string): ProblemError {
  return new ProblemError('not_found', { detail: `there is no such ${kind}` });
}
