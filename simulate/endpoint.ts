import { SECOND } from '#core';
import type { AttemptResult, NotSent } from '#core';

/** What an endpoint does with one request. */
export interface Reply {
  readonly status: number;
  /** Infinity = it hangs. */
  readonly afterMs: number;
  readonly retryAfter?: string;
}

/** A customer's endpoint: asked when a request arrives, it knows at once how that will end. */
export interface SimulatedEndpoint {
  receive(now: number): Reply;
}

/** The time-out of an attempt that Posthorn's endpoints have by default. */
export const TIMEOUT_MS = 15 * SECOND;

const TIMINGS = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null };

/** The reply as a sender sees it, who waits no longer than the time-out. */
export function resultOf(reply: Reply, startedAt: number): Exclude<AttemptResult, NotSent> {
  if (reply.afterMs >= TIMEOUT_MS)
    return {
      kind: 'failure',
      error: 'response_timeout',
      detail: '',
      startedAt,
      durationMs: TIMEOUT_MS,
      timings: TIMINGS,
    };
  const response = {
    statusCode: reply.status,
    contentType: null,
    retryAfter: reply.retryAfter === undefined ? [] : [reply.retryAfter],
    location: null,
    body: NOTHING,
    truncated: false,
  };
  return { kind: 'response', response, startedAt, durationMs: reply.afterMs, timings: TIMINGS };
}

const NOTHING = Buffer.alloc(0);
