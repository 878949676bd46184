import { nextAttemptAt } from '#core';
import type { AttemptResult, NotSent, Outcome, ReceivedResponse } from '#core';
import type { AttemptRecord, AttemptToSettle, ClaimedDelivery } from '#persistence';
import type { EndpointProfile } from '../hold-lane/endpoint-profiles.js';

export interface FinishedAttempt {
  delivery: ClaimedDelivery;
  profile: EndpointProfile;
  epoch: number;
  result: Exclude<AttemptResult, NotSent>;
  url: string;
  signedAt: number;
  signature: string;
}

type Verdict = Pick<AttemptToSettle, 'verdict' | 'reason' | 'nextAt' | 'advances'>;

/** What an attempt's result means for its delivery, as the row that settles it. `now` on the database's clock, `jitter` in [0, 1). */
export function settlementOf(attempt: FinishedAttempt, outcome: Outcome, now: number, jitter: number): AttemptToSettle {
  return {
    deliveryId: attempt.delivery.id,
    endpointId: attempt.profile.endpointId,
    epoch: attempt.epoch,
    seen: attempt.delivery.attempts,
    ...verdictOf(attempt, outcome, now, jitter),
    record: recordOf(attempt, outcome),
  };
}

function verdictOf({ delivery, profile }: FinishedAttempt, outcome: Outcome, now: number, jitter: number): Verdict {
  const settled = { nextAt: null, advances: false };
  if (outcome.delivery === 'delivered') return { ...settled, verdict: 'delivered', reason: null };
  if (delivery.trigger === 'test') return { ...settled, verdict: 'cancelled', reason: 'test_failed' };
  if (outcome.delivery !== 'retry') return { ...settled, verdict: 'dead', reason: outcome.delivery.dead };
  const next = nextAttemptAt({
    policy: profile.retryPolicy,
    step: delivery.step,
    attemptedAt: now,
    deadline: delivery.deadline,
    jitter,
    notBefore: outcome.retryAfterUntil,
  });
  if (next) return { verdict: 'retry', reason: null, nextAt: next.at, advances: outcome.advances };
  // Told to come back after its deadline: it waits for its end without a last attempt; the endpoint's owner may still change his mind.
  const tooLate = outcome.retryAfterUntil;
  if (tooLate !== null && now < delivery.deadline)
    return { verdict: 'retry', reason: null, nextAt: tooLate, advances: outcome.advances };
  return { ...settled, verdict: 'dead', reason: 'expired' };
}

function recordOf(attempt: FinishedAttempt, outcome: Outcome): AttemptRecord {
  const { delivery, profile, result, signedAt, url, signature } = attempt;
  const { timings } = result;
  return {
    // A delivery that was made by a resend or a test stays one; its further attempts are retries.
    trigger: delivery.attempts === 0 || delivery.trigger === 'test' ? delivery.trigger : 'retry',
    startedAt: signedAt,
    durationMs: result.durationMs,
    dnsMs: whole(timings.dnsMs),
    connectMs: whole(timings.connectMs),
    tlsMs: whole(timings.tlsMs),
    firstByteMs: whole(timings.firstByteMs),
    error: outcome.error,
    retryAfterUntil: outcome.retryAfterUntil,
    url,
    ...responseOf(result.kind === 'response' ? profile.echoes.redact(result.response, signature) : null),
  };
}

const whole = (ms: number | null): number | null => (ms === null ? null : Math.round(ms));

type ResponseColumns = Pick<AttemptRecord, 'status' | 'contentType' | 'retryAfter' | 'location' | 'body' | 'truncated'>;

function responseOf(response: ReceivedResponse | null): ResponseColumns {
  if (!response)
    return { status: null, contentType: null, retryAfter: null, location: null, body: null, truncated: false };
  return {
    status: response.statusCode,
    contentType: storable(response.contentType),
    retryAfter: storable(response.retryAfter[0] ?? null),
    location: storable(response.location),
    body: response.body,
    truncated: response.truncated,
  };
}

const HEADER_KEPT = 1_024;

/** Postgres stores no NUL in text, and nobody needs the rest of a header as long as that. */
function storable(text: string | null): string | null {
  return text === null ? null : text.replaceAll('\0', '').slice(0, HEADER_KEPT);
}
