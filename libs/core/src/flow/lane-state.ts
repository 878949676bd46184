import type { PauseReason, StoredFlow } from './flow-control.js';

/** What a lane does now, in one word. */
export type LaneStateName = 'idle' | 'sending' | 'slowed' | 'waiting' | 'open' | 'probing' | 'stopped';

/** A lane's state and why. Milliseconds; null = there is none, or nobody knows. */
export interface LaneState {
  state: LaneStateName;
  reason: string | null;
  since: number | null;
  until: number | null;
}

/** All that a lane's state follows from. Milliseconds on the database's clock. */
export interface LaneFacts {
  now: number;
  endpoint: { state: 'active' | 'paused' | 'disabled'; reason: string | null; since: number };
  /** As it is now: what a resume or a new URL ended is not in it. */
  flow: StoredFlow | null;
  /** The longest that lasts, and when it was asked for if that is known. */
  pause: { until: number; reason: PauseReason; since: number | null } | null;
  /** When the rate limit's next token is there; long ago = now. */
  tokenAt: number;
  /** The stored flow ends with a `Retry-After` that is over. */
  wasThrottled: boolean;
  held: boolean;
  inFlight: number;
  /** Deliveries whose time has come, what is in flight included. */
  due: number;
  window: number;
  cap: number;
}

const IDLE: LaneState = Object.freeze({ state: 'idle', reason: null, since: null, until: null });

/** The first that holds: what stops the lane altogether, what makes it wait, what slows it. Where several pauses meet, the longest has the word. */
export function laneState(facts: LaneFacts): LaneState {
  return stopped(facts) ?? paused(facts) ?? probing(facts) ?? rationed(facts) ?? working(facts) ?? IDLE;
}

function stopped({ endpoint: { state, reason, since } }: LaneFacts): LaneState | null {
  return state === 'active' ? null : { state: 'stopped', reason, since, until: null };
}

function paused({ pause, flow, now }: LaneFacts): LaneState | null {
  if (pause === null || pause.until <= now) return null;
  const { reason, since, until } = pause;
  if (reason !== 'breaker') return { state: 'waiting', reason, since, until };
  return { state: 'open', reason: flow?.breaker?.reason ?? null, since: flow?.breaker?.since ?? since, until };
}

/** The time of being open is over and the probe has not answered yet. */
function probing({ flow }: LaneFacts): LaneState | null {
  if (flow?.breaker?.closedAt !== null) return null;
  const { reason, since } = flow.breaker;
  return { state: 'probing', reason, since, until: null };
}

function rationed({ tokenAt, now, due, inFlight }: LaneFacts): LaneState | null {
  if (tokenAt <= now || due <= inFlight) return null;
  return { state: 'waiting', reason: 'rate_limit', since: null, until: tokenAt };
}

function working(facts: LaneFacts): LaneState | null {
  const { flow, due, inFlight, held, window, cap } = facts;
  if (due === 0 && inFlight === 0) return null;
  const wasReduced = (flow?.window?.threshold ?? null) !== null;
  if (wasReduced && window < cap) return { state: 'slowed', reason: slowedBy(facts), since: null, until: null };
  return held ? { state: 'sending', reason: null, since: null, until: null } : null;
}

/** What reduced the window may be longer ago than anything that is kept. */
function slowedBy({ flow, wasThrottled }: LaneFacts): string | null {
  const losses = (flow?.counts?.losses ?? []).some((count) => count > 0);
  if (losses || (flow?.lossStreak ?? 0) > 0 || flow?.breaker !== undefined) return 'losses';
  return wasThrottled ? 'throttled' : null;
}
