import { capBelowArrivalRate, drainSeconds } from './drain-forecast.js';
import type { LaneTraffic, LaneUse } from './drain-forecast.js';

const SENDING = { state: 'sending', reason: null } as const;
const STOPPED = { state: 'stopped', reason: 'paused_by_tenant' } as const;
const traffic = (more: Partial<LaneTraffic> = {}): LaneTraffic => ({
  lane: SENDING,
  backlog: 100,
  arrivalPerSecond: 10,
  drainPerSecond: 12,
  ...more,
});

describe('the time to drain', () => {
  it.each<[string, Partial<LaneTraffic>, number | null]>([
    ['more drains than arrives', {}, 50],
    ['it is no whole number', { drainPerSecond: 13 }, 34],
    ['nothing arrives', { arrivalPerSecond: 0 }, 9],
    ['as much arrives', { arrivalPerSecond: 12 }, null],
    ['more arrives', { arrivalPerSecond: 20 }, null],
    ['nothing drains', { arrivalPerSecond: 0, drainPerSecond: 0 }, null],
    ['nothing is pending', { backlog: 0, drainPerSecond: 0 }, 0],
    ['it is stopped', { lane: STOPPED }, null],
    ['it is stopped with nothing pending', { lane: STOPPED, backlog: 0 }, 0],
  ])('when %s', (_case, more, seconds) => {
    expect(drainSeconds(traffic(more))).toBe(seconds);
  });
});

describe('a limit below the arrival rate', () => {
  const behind = { arrivalPerSecond: 20 };
  const use = (more: Partial<LaneUse> = {}): LaneUse => ({
    due: 50,
    inFlight: 10,
    window: 10,
    cap: 10,
    ratePerSecond: null,
    ...more,
  });
  it.each<[string, Partial<LaneTraffic>, Partial<LaneUse>, boolean]>([
    ['all of the cap is used and more arrives than drains', behind, {}, true],
    ['it keeps up', {}, {}, false],
    ['nothing waits behind what is in flight', behind, { due: 10 }, false],
    ['the window is still growing', behind, { window: 8, inFlight: 8 }, false],
    ['the cap is not used', behind, { inFlight: 9 }, false],
    ['the rate limit is below what arrives', behind, { inFlight: 1, ratePerSecond: 15 }, true],
    [
      'it waits for its rate limit',
      { ...behind, lane: { state: 'waiting', reason: 'rate_limit' } },
      { inFlight: 0, ratePerSecond: 15 },
      true,
    ],
    ['the rate limit lets through what arrives', behind, { inFlight: 1, ratePerSecond: 25 }, false],
    [
      'it waits as the receiver asked',
      { ...behind, lane: { state: 'waiting', reason: 'retry_after' } },
      { ratePerSecond: 15 },
      false,
    ],
    ['it is slowed', { ...behind, lane: { state: 'slowed', reason: 'losses' } }, {}, false],
    ['it is stopped', { ...behind, lane: STOPPED }, {}, false],
  ])('when %s', (_case, moreTraffic, moreUse, expected) => {
    expect(capBelowArrivalRate(traffic(moreTraffic), use(moreUse))).toBe(expected);
  });
});
