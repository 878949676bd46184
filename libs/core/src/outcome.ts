import type { AttemptErrorClass, AttemptResult, NotSent, ReceivedResponse } from './attempt-result.js';
import { parseRetryAfter } from './retry-after.js';
import { SECOND } from './units.js';

/** Why a delivery is dead. */
export type DeadReason = 'expired' | 'gone' | 'payload_too_large' | 'payload_expired' | 'config_error';

/** What the lane's flow control learns from an attempt. */
export type LaneSignal =
  | 'success'
  | 'alive' // it answers; no reason to slow down
  | 'soft_loss'
  | 'loss'
  | 'throttled' // told to slow down: window 1, never counts for the breaker
  | 'throttled_loss' // a 503 with Retry-After: both
  | 'flagged' // the egress guard refused the address
  | 'gone';

/** What an attempt means: for the delivery, for its schedule, and for the lane. */
export interface Outcome {
  delivery: 'delivered' | 'retry' | { dead: DeadReason };
  /** Whether the retry schedule goes on to its next step. Being told to wait is not a failure. */
  advances: boolean;
  /** No earlier than this, ms since the epoch. */
  retryAfterUntil: number | null;
  /** Whether the whole lane waits until then. */
  pause: boolean;
  lane: LaneSignal;
  /** What the attempt's row says. */
  error: AttemptErrorClass | null;
}

/** A 429 that names no time. */
const DEFAULT_THROTTLE = 60 * SECOND;

/** What a response, or its absence, means. The only place that knows. */
export function judgeOutcome(result: Exclude<AttemptResult, NotSent>, nowMs: number): Outcome {
  if (result.kind === 'response') return judgeResponse(result.response, nowMs);
  const lane = result.error === 'blocked_address' ? 'flagged' : 'loss';
  return { delivery: 'retry', advances: true, retryAfterUntil: null, pause: false, lane, error: result.error };
}

function judgeResponse({ statusCode, retryAfter }: ReceivedResponse, nowMs: number): Outcome {
  if (statusCode >= 200 && statusCode < 300) {
    return {
      delivery: 'delivered',
      advances: false,
      retryAfterUntil: null,
      pause: false,
      lane: 'success',
      error: null,
    };
  }
  const asked = parseRetryAfter(retryAfter, nowMs);
  const retryAfterUntil = asked ?? (statusCode === 429 ? nowMs + DEFAULT_THROTTLE : null);
  const throttles = statusCode === 429 || (statusCode === 503 && asked !== null);
  return {
    delivery: fate(statusCode, asked !== null),
    advances: !throttles,
    retryAfterUntil,
    pause: retryAfterUntil !== null && statusCode !== 410, // a gone endpoint stops altogether
    lane: signal(statusCode, throttles),
    error: statusCode >= 300 && statusCode < 400 ? 'redirect' : 'http_status',
  };
}

function fate(statusCode: number, asksToRetry: boolean): Outcome['delivery'] {
  if (statusCode === 410) return { dead: 'gone' };
  if (statusCode === 413 && !asksToRetry) return { dead: 'payload_too_large' };
  return 'retry';
}

function signal(statusCode: number, throttles: boolean): LaneSignal {
  if (throttles) return statusCode === 429 ? 'throttled' : 'throttled_loss';
  if (statusCode === 410) return 'gone';
  if (statusCode === 408 || statusCode === 425) return 'soft_loss';
  if (statusCode === 501) return 'alive';
  // Below 200 nothing is final, and RFC 9110 (section 15) reads a status outside 100–599 as a 5xx.
  return statusCode >= 300 && statusCode < 500 ? 'alive' : 'loss';
}
