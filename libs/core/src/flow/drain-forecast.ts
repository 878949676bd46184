import type { LaneState } from './lane-state.js';

/** A lane's traffic over the last minute, a second. */
export interface LaneTraffic {
  lane: Pick<LaneState, 'state' | 'reason'>;
  /** Everything pending. */
  backlog: number;
  arrivalPerSecond: number;
  drainPerSecond: number;
}

/** How much of its limits a lane uses now. */
export interface LaneUse {
  /** Deliveries whose time has come, what is in flight included. */
  due: number;
  inFlight: number;
  window: number;
  cap: number;
  /** The rate limit; null = none. */
  ratePerSecond: number | null;
}

/** Whole seconds until the backlog is gone if both rates stay as they are. Null: it does not shrink, or the endpoint is stopped. */
export function drainSeconds({ lane, backlog, arrivalPerSecond, drainPerSecond }: LaneTraffic): number | null {
  if (backlog === 0) return 0;
  const shrinks = drainPerSecond - arrivalPerSecond;
  return lane.state === 'stopped' || shrinks <= 0 ? null : Math.ceil(backlog / shrinks);
}

/**
 * Whether a higher limit would help: the lane works, all that it may have in flight is in flight (or more arrives than its rate limit lets
 * through), more waits behind that, and more arrives than comes to an end.
 */
export function capBelowArrivalRate(traffic: LaneTraffic, use: LaneUse): boolean {
  const { lane, arrivalPerSecond, drainPerSecond } = traffic;
  const works = lane.state === 'sending' || (lane.state === 'waiting' && lane.reason === 'rate_limit');
  const isFull = use.window >= use.cap && use.inFlight >= use.cap;
  const isRationed = use.ratePerSecond !== null && arrivalPerSecond > use.ratePerSecond;
  return works && (isFull || isRationed) && use.due > use.inFlight && arrivalPerSecond > drainPerSecond;
}
