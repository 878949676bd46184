import { PROBLEMS } from '#core';
import type { ProblemCode } from '#core';
import { problemStatus } from './problem-status.js';

describe('problemStatus', () => {
  it.each<[ProblemCode, number]>([
    ['malformed_json', 400],
    ['cursor_mismatch', 400],
    ['unauthenticated', 401],
    ['forbidden', 403],
    ['not_found', 404],
    ['method_not_allowed', 405],
    ['delivery_not_pending', 409],
    ['payload_expired', 410],
    ['payload_too_large', 413],
    ['unsupported_media_type', 415],
    ['recipient_required', 422],
    ['rate_limited', 429],
    ['internal', 500],
    ['overloaded', 503],
  ])('answers %s with %d', (code, status) => {
    expect(problemStatus(code)).toBe(status);
  });

  it('has a status for every problem', () => {
    for (const code of Object.keys(PROBLEMS) as ProblemCode[]) expect(problemStatus(code)).toBeGreaterThanOrEqual(400);
  });
});
