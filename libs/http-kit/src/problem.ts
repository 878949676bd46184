import { PROBLEMS } from '#core';
import type { FieldError, ProblemError } from '#core';
import { problemStatus } from './problem-status.js';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';

/** RFC 9457 problem details, as every error of ours is answered. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string | null;
  requestId: string;
  errors: FieldError[];
}

export function toProblem(error: ProblemError, requestId: string): Problem {
  return {
    type: `/docs/errors#${error.code}`,
    title: PROBLEMS[error.code].title,
    status: problemStatus(error.code),
    code: error.code,
    detail: error.detail ?? null,
    requestId,
    errors: [...(error.errors ?? [])],
  };
}
