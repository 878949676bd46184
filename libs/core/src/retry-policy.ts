import { SECOND } from './units.js';

/** When a failed delivery is tried again. Each endpoint may have its own. */
export interface RetryPolicy {
  initialDelaySeconds: number;
  factor: number;
  maxDelaySeconds: number;
  giveUpAfterSeconds: number;
}

/** 5 s, 15 s, 45 s, 2 m 15 s, 6 m 45 s, 20 m 15 s, ~1 h, ~3 h, ~9 h, then every 12 h, and a last attempt at 72 h. */
export const DEFAULT_RETRY_POLICY: Readonly<RetryPolicy> = Object.freeze({
  initialDelaySeconds: 5,
  factor: 3,
  maxDelaySeconds: 12 * 60 * 60,
  giveUpAfterSeconds: 72 * 60 * 60,
});

/** Jitter only ever adds: a receiver that was told "in 5 s" never sees us earlier. */
const MAX_JITTER = 0.2;

/** The delay in ms before retry `n` (0 after the first failure). `jitter` in [0, 1) becomes 0–20 % on top. */
export function retryDelayMs(policy: RetryPolicy, n: number, jitter: number): number {
  const seconds = Math.min(policy.initialDelaySeconds * policy.factor ** n, policy.maxDelaySeconds);
  const exact = Math.round(seconds * SECOND);
  return exact + Math.floor(exact * MAX_JITTER * jitter);
}

export interface FailedAttempt {
  policy: RetryPolicy;
  /** n of the schedule: how many retries it has given so far (a 429 gives none). */
  step: number;
  /** When the attempt ended, ms since the epoch. */
  attemptedAt: number;
  /** When the delivery gives up: publish time + `giveUpAfter`, fixed at publish. */
  deadline: number;
  /** In [0, 1). */
  jitter: number;
  /** The receiver's `Retry-After`, if it sent one. */
  notBefore?: number | null;
}

/**
 * When a delivery is attempted next; `last` marks the attempt *at* the deadline, which the schedule never skips.
 * Null: there is none, it expires. So after that last attempt, and when the receiver's `Retry-After` outlasts the deadline.
 */
export function nextAttemptAt(failed: FailedAttempt): { at: number; last: boolean } | null {
  const { policy, step, attemptedAt, deadline, jitter } = failed;
  const notBefore = failed.notBefore ?? attemptedAt;
  if (attemptedAt >= deadline || notBefore > deadline) return null;
  const scheduled = attemptedAt + retryDelayMs(policy, step, jitter);
  const at = Math.min(Math.max(scheduled, notBefore), deadline);
  return { at, last: at === deadline };
}
