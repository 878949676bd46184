import { FlowControl, settledPerSecond } from '#core';
import type { FlowSubject, LaneFacts, PauseReason, StoredFailures } from '#core';
import type { EndpointEntity, LaneHealth } from '#persistence';
import type { LaneRules } from './lane-rules.js';

/** A lane as its next holder would find it. Milliseconds. */
export interface LaneView extends Pick<LaneFacts, 'flow' | 'tokenAt' | 'wasThrottled' | 'inFlight' | 'window' | 'cap'> {
  pause: { until: number; reason: PauseReason } | null;
  drainPerSecond: number;
  /** When the first in line has its turn; Infinity while the endpoint is stopped. */
  turnsBeginAt: number;
  failures: StoredFailures | null;
}

/**
 * Reads stored flow state by the holder's own rules, so that what a resume or a new URL ended is not shown, and nothing is shown that the
 * holder would decide otherwise.
 */
export function viewLane(endpoint: EndpointEntity, lane: LaneHealth, rules: LaneRules): LaneView {
  const { now, flow: stored, held } = lane;
  const subject = subjectOf(endpoint);
  const control = new FlowControl(rules.flow, subject, stored, now);
  const pause = stored === null ? writtenPause(lane) : control.pause(now);
  const retryAfter = stored?.retryAfter ?? Infinity;
  return {
    flow: control.stored(now, 0),
    pause,
    tokenAt: control.notBefore(),
    wasThrottled: retryAfter <= now,
    inFlight: held ? (stored?.inFlight ?? 0) : 0,
    window: control.size,
    cap: subject.concurrency,
    drainPerSecond: settledPerSecond(stored?.counts, rules.flow.countedMs, countedUntil(lane)),
    turnsBeginAt: endpoint.state === 'active' ? Math.max(now, control.notBefore(), pause?.until ?? now) : Infinity,
    failures: control.failureRecord,
  };
}

/** One at a time is what keeps an order. */
function subjectOf({ ordering, concurrency, ratePerSecond, resumedAt, movedAt }: EndpointEntity): FlowSubject {
  return {
    concurrency: ordering === 'fifo' ? 1 : concurrency,
    ratePerSecond,
    resumedAt: resumedAt?.getTime() ?? null,
    movedAt: movedAt?.getTime() ?? null,
  };
}

/** A holder goes on counting after it has written; without one nothing was settled since. */
function countedUntil({ now, flow, held }: LaneHealth): number {
  return held && flow !== null ? Math.min(flow.at, now) : now;
}

/** The lane's own columns say it too. */
function writtenPause({ now, pausedUntil, pauseReason }: LaneHealth): LaneView['pause'] {
  if (pausedUntil === null || pauseReason === null || pausedUntil <= now) return null;
  return { until: pausedUntil, reason: pauseReason };
}
