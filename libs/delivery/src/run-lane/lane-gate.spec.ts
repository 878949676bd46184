import { DEFAULT_DISABLING, DEFAULT_FLOW_SETTINGS, judgeOutcome } from '#core';
import type { StoredFlow } from '#core';
import type { AttemptToSettle, ClaimedDelivery } from '#persistence';
import type { EndpointProfile } from '../hold-lane/endpoint-profiles.js';
import { Lease } from '../hold-lane/lease.js';
import { Grant } from './grant.js';
import { LaneGate } from './lane-gate.js';

/** Two clocks as a process has them: one that never jumps, one that is corrected to the database's. */
class TwoClocks {
  elapsed = 0;
  correction = 0;
  now = (): number => 1_000_000 + this.elapsed + this.correction;
  monotonic = (): number => this.elapsed;
}

describe('the gate of a lane', () => {
  let clock: TwoClocks;
  const delivery = (trigger: ClaimedDelivery['trigger'] = 'initial') => ({ trigger }) as ClaimedDelivery;
  const profile = (more: Partial<EndpointProfile> = {}) =>
    ({
      version: 1,
      active: true,
      ordering: 'none',
      concurrency: 10,
      ratePerSecond: null,
      timeoutMs: 15_000,
      resumedAt: null,
      movedAt: null,
      startedAt: 0,
      ...more,
    }) as EndpointProfile;

  const gate = (more: Partial<EndpointProfile> = {}, stored: StoredFlow | null = null, leaseMs = 1e9) =>
    new LaneGate(new Lease(1, 0, leaseMs, 1e9), new Grant(4, 15_000), profile(more), stored, {
      clock,
      flowSettings: DEFAULT_FLOW_SETTINGS,
      disabling: DEFAULT_DISABLING,
    });

  const throttle = (of: LaneGate, seconds: number) => {
    const response = {
      statusCode: 429,
      contentType: null,
      retryAfter: [String(seconds)],
      location: null,
      body: Buffer.alloc(0),
      truncated: false,
    };
    const timings = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null };
    const result = { kind: 'response', response, startedAt: 0, durationMs: 5, timings } as const;
    const row = { verdict: 'retry', nextAt: of.now() + 5_000, record: { durationMs: 5 } } as AttemptToSettle;
    return of.settle(row, judgeOutcome(result, of.now()), of.begin(delivery(), 1), 0);
  };

  beforeEach(() => {
    clock = new TwoClocks();
  });

  it('refuses a request that was already waiting for its connection when a pause began, tests too', () => {
    const lane = gate();
    const waiting = lane.begin(delivery(), 2);
    const test = lane.begin(delivery('test'), 3);
    expect(throttle(lane, 30)?.flow).toMatchObject({ pauseReason: 'retry_after', pausedUntil: lane.now() + 30_000 });
    expect([lane.mayWrite(waiting), lane.mayWrite(test)]).toEqual([false, false]);
    clock.elapsed = 29_999;
    expect([lane.mayWrite(waiting), lane.mayWrite(test)]).toEqual([false, false]);
    clock.elapsed = 30_000;
    expect([lane.mayWrite(waiting), lane.mayWrite(test)]).toEqual([true, true]);
  });

  it('ends no pause early because a clock was corrected, and follows the correction otherwise', () => {
    const lane = gate();
    clock.correction = 5_000;
    lane.tick();
    expect(lane.now()).toBe(clock.now());
    throttle(lane, 30);
    clock.correction = 20_000;
    clock.elapsed = 20_000;
    lane.tick();
    expect(lane.isMute).toBe(true);
    clock.elapsed = 30_000;
    expect(lane.isMute).toBe(false);
    lane.tick();
    expect(lane.now()).toBe(clock.now());
  });

  it('writes nothing without a lease, and begins nothing until the lease was looked at', () => {
    const lane = gate({}, null, 1_000);
    const pass = lane.begin(delivery(), 1);
    clock.elapsed = 1_000;
    expect(lane.mayWrite(pass)).toBe(false);
    expect(lane.mayBegin(delivery(), 0, 0)).toBe(false);
    lane.tick();
    expect(lane.mayBegin(delivery(), 0, 0)).toBe(true);
  });

  it('lets tests through while the endpoint is paused or its breaker open, up to the cap', () => {
    const paused = gate({ active: false });
    expect(paused.isAsleep).toBe(true);
    expect([paused.mayBegin(delivery('test'), 3, 0), paused.mayBegin(delivery('test'), 4, 0)]).toEqual([true, false]);
    expect(paused.mayWrite(paused.begin(delivery(), 1))).toBe(false);
  });

  it('keeps the retry of a fifo head on the lane and not in its row', () => {
    const lane = gate({ ordering: 'fifo', concurrency: 1 });
    const row = { verdict: 'retry', nextAt: lane.now() + 5_000, record: { durationMs: 5 } } as AttemptToSettle;
    const result = { kind: 'failure', error: 'connect_refused', detail: '', startedAt: 0, durationMs: 1 } as const;
    const outcome = judgeOutcome(
      { ...result, timings: { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null } },
      0,
    );
    const change = lane.settle(row, outcome, lane.begin(delivery(), 1), 0);
    expect(row.nextAt).toBeNull();
    expect(change?.flow).toMatchObject({ pauseReason: 'order', pausedUntil: lane.now() + 5_000 });
    expect(lane.storable(0)).toBeNull();
    lane.committed();
    expect(lane.storable(0)).not.toBeNull();
  });

  it('takes the token of the rate limit only with the first byte', () => {
    const lane = gate({ ratePerSecond: 5 });
    const [first, second] = [lane.begin(delivery(), 1), lane.begin(delivery(), 2)];
    expect(lane.mayBegin(delivery(), 1, 1)).toBe(false);
    expect([lane.mayWrite(first), lane.mayWrite(second)]).toEqual([true, false]);
    clock.elapsed = 200;
    expect(lane.mayWrite(second)).toBe(true);
  });
});
