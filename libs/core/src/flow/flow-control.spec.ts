import fc from 'fast-check';
import type { LaneSignal, Outcome } from '../outcome.js';
import { HOUR, MINUTE, SECOND } from '../units.js';
import { FlowControl } from './flow-control.js';
import type { FlowSubject, FlowTicket, StoredFlow } from './flow-control.js';
import { DEFAULT_FLOW_SETTINGS } from './flow-settings.js';

const NOW = Date.UTC(2026, 10, 23);
const SUBJECT: FlowSubject = { concurrency: 20, ratePerSecond: null, resumedAt: null, movedAt: null };

const flowOf = (subject: Partial<FlowSubject> = {}, stored: StoredFlow | null = null, now = NOW) =>
  new FlowControl(DEFAULT_FLOW_SETTINGS, { ...SUBJECT, ...subject }, stored, now);

function outcome(lane: LaneSignal, retryAfterUntil: number | null = null): Outcome {
  const delivery = lane === 'success' ? 'delivered' : lane === 'gone' ? ({ dead: 'gone' } as const) : 'retry';
  const pause = retryAfterUntil !== null && lane !== 'gone';
  return { delivery, lane, retryAfterUntil, pause, advances: true, error: lane === 'success' ? null : 'http_status' };
}

/** Sends one request and ends it at once. */
function attempt(flow: FlowControl, lane: LaneSignal, now: number, retryAfterUntil: number | null = null) {
  return flow.ended(flow.began(1), outcome(lane, retryAfterUntil), 1, now, 0);
}

/** As it comes back from Postgres. */
const reload = (flow: FlowControl, now: number, subject: Partial<FlowSubject> = {}) =>
  flowOf(subject, JSON.parse(JSON.stringify(flow.stored(now, 0))) as StoredFlow | null, now);

const signals = ['success', 'alive', 'soft_loss', 'loss', 'throttled', 'throttled_loss', 'flagged'] as const;
interface Step {
  afterMs: number;
  lane: LaneSignal;
  waitMs: number;
  slow: boolean;
}
const step: fc.Arbitrary<Step> = fc.record({
  afterMs: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 40 * SECOND })),
  lane: fc.oneof(
    { weight: 3, arbitrary: fc.constant('success' as const) },
    { weight: 4, arbitrary: fc.constantFrom(...signals) },
  ),
  waitMs: fc.integer({ min: 0, max: 5 * MINUTE }),
  slow: fc.boolean(),
});
const steps = fc.array(step, { maxLength: 120 });
const subjects = fc.record({
  concurrency: fc.integer({ min: 1, max: 30 }),
  ratePerSecond: fc.option(fc.integer({ min: 1, max: 300 })),
});

const asks = (lane: LaneSignal) => lane === 'throttled' || lane === 'throttled_loss';

interface Request {
  ticket: FlowTicket;
  beganAt: number;
}

/** A lane with endless work: begins whatever it may, ends one request a step. */
function play(
  subject: Partial<FlowSubject>,
  all: readonly Step[],
  began: (request: Request, flow: FlowControl, open: Request[]) => void,
) {
  const flow = flowOf(subject);
  const open: Request[] = [];
  let now = NOW;
  for (const { afterMs, lane, waitMs, slow } of all) {
    now += afterMs;
    while (flow.mayBegin(now, open.length, 0)) {
      const ticket = flow.began(open.length + 1);
      if (!flow.mayWrite(now, ticket)) {
        flow.withdrawn(ticket);
        break;
      }
      open.push({ ticket, beganAt: now });
      began(open.at(-1)!, flow, open);
    }
    const done = open.shift();
    if (done) flow.ended(done.ticket, outcome(lane, asks(lane) ? now + waitMs : null), slow ? 6_000 : 10, now, 0.5);
    expect(flow.size).toBeGreaterThanOrEqual(1);
    expect(flow.size).toBeLessThanOrEqual(subject.concurrency ?? SUBJECT.concurrency);
  }
}

describe('flow control, whatever happens', () => {
  it('keeps 1 ≤ window ≤ cap, and never has more in flight than the window', () => {
    fc.assert(
      fc.property(subjects, steps, (subject, all) => {
        play(subject, all, (_, flow, open) => expect(open.length).toBeLessThanOrEqual(flow.size));
      }),
    );
  });

  it('begins nothing within a pause, and never early', () => {
    fc.assert(
      fc.property(subjects, steps, (subject, all) => {
        let now = NOW;
        const flow = flowOf(subject);
        let askedUntil = -Infinity;
        for (const { afterMs, lane, waitMs } of all) {
          now += afterMs;
          expect(flow.mayBegin(now, 0, 0) && now < askedUntil).toBe(false);
          expect(flow.pause(now)?.until ?? Infinity).toBeGreaterThanOrEqual(askedUntil > now ? askedUntil : now);
          if (!flow.mayBegin(now, 0, 0)) continue;
          const until = asks(lane) ? now + waitMs : null;
          attempt(flow, lane, now, until);
          askedUntil = Math.max(askedUntil, until ?? -Infinity);
        }
      }),
    );
  });

  it('stops what waited for a connection when a pause begins', () => {
    const flow = flowOf();
    const [first, second] = [flow.began(1), flow.began(2)];
    flow.ended(first, outcome('throttled', NOW + MINUTE), 1, NOW, 0);
    expect(flow.mayWrite(NOW + MINUTE - 1, second)).toBe(false);
    expect(flow.mayWrite(NOW + MINUTE, second)).toBe(true);
  });

  it('after an opening begins nothing before its end, and then one probe at a time', () => {
    fc.assert(
      fc.property(subjects, steps, (subject, all) => {
        const stored = {
          at: NOW,
          breaker: { reason: 'failing' as const, since: NOW, until: NOW + 30 * SECOND, openings: 1, closedAt: null },
        };
        const flow = flowOf(subject, stored);
        let now = NOW;
        let probe: FlowTicket | null = null;
        for (const { afterMs, lane } of all) {
          now += afterMs;
          const opens = flow.pause(now)?.reason === 'breaker' ? flow.pause(now)!.until : -Infinity;
          if (flow.mayBegin(now, 0, 0)) {
            expect(probe).toBeNull();
            expect(now).toBeGreaterThanOrEqual(opens);
            const ticket = flow.began(1);
            if (!ticket.probe) return; // it has closed
            probe = ticket;
            expect(flow.mayBegin(now, 0, 0)).toBe(false);
          } else if (probe) {
            flow.ended(probe, outcome(lane, null), 1, now, 0.5);
            probe = null;
          }
        }
      }),
    );
  });

  it('does not let a request that began before the opening be written after it', () => {
    const flow = flowOf();
    const waits = flow.began(1);
    for (let n = 0; n < 5; n += 1) attempt(flow, 'loss', NOW);
    expect(flow.mayWrite(NOW + 31 * SECOND, waits)).toBe(false);
    expect(flow.mayWrite(NOW + 31 * SECOND, flow.began(1))).toBe(true);
  });

  it('gives each request its own token, however many began while there was one', () => {
    const flow = flowOf({ ratePerSecond: 20 });
    const tickets = [flow.began(1), flow.began(2), flow.began(3)];
    expect(tickets.map((ticket) => flow.mayWrite(NOW, ticket))).toEqual([true, true, false]);
    expect([49, 50].map((ms) => flow.mayWrite(NOW + ms, tickets[2]!))).toEqual([false, true]);
  });

  it('never lets more through than rate × time + burst', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), steps, (ratePerSecond, all) => {
        const times: number[] = [];
        play({ concurrency: 30, ratePerSecond }, all, ({ beganAt }) => times.push(beganAt));
        const burst = Math.max(1, Math.floor(ratePerSecond / 10));
        for (let from = 0; from < times.length; from += 1) {
          for (let to = from; to < times.length; to += 1) {
            const allowed = (ratePerSecond * (times[to]! - times[from]!)) / SECOND + burst;
            expect(to - from + 1).toBeLessThanOrEqual(allowed + 1e-6);
          }
        }
      }),
    );
  });

  it('stored and loaded between any two requests, decides as if it had never been put away', () => {
    fc.assert(
      fc.property(subjects, steps, (subject, all) => {
        let now = NOW;
        const kept = flowOf(subject);
        let moved = flowOf(subject);
        for (const { afterMs, lane, waitMs } of all) {
          now += afterMs;
          moved = reload(moved, now, subject);
          expect(moved.mayBegin(now, 0, 0)).toBe(kept.mayBegin(now, 0, 0));
          expect(moved.pause(now)).toEqual(kept.pause(now));
          expect(Math.max(now, moved.notBefore())).toBe(Math.max(now, kept.notBefore()));
          expect(moved.failureRecord).toEqual(kept.failureRecord);
          if (!kept.mayBegin(now, 0, 0)) continue;
          const until = asks(lane) ? now + waitMs : null;
          const changes = [kept, moved].map((flow) => {
            const ticket = flow.began(1);
            expect(flow.mayWrite(now, ticket)).toBe(true);
            return flow.ended(ticket, outcome(lane, until), 1, now, 0.5);
          });
          // By counts that began at another time, or not at all: a tenth of a minute more or less of them.
          if (changes[0]?.transition !== changes[1]?.transition) return;
          expect(changes[1]).toEqual(changes[0]);
        }
      }),
    );
  });

  it('stores just what it was loaded from, and nothing of a lane that is as every lane begins', () => {
    expect(flowOf().stored(NOW, 0)).toBeNull();
    fc.assert(
      fc.property(subjects, steps, (subject, all) => {
        const flow = flowOf(subject);
        let now = NOW;
        for (const { afterMs, lane, waitMs } of all)
          attempt(flow, lane, (now += afterMs), asks(lane) ? now + waitMs : null);
        const once = flow.stored(now, 0);
        expect(reload(flow, now, subject).stored(now, 0)).toEqual(once);
      }),
    );
  });
});

describe('what an attempt changes', () => {
  it.each<[LaneSignal, number | null, boolean]>([
    ['success', null, false],
    ['loss', null, false],
    ['alive', null, false],
    ['throttled', NOW + SECOND, true],
    ['throttled_loss', NOW + SECOND, true],
    ['loss', NOW + SECOND, true],
    ['alive', NOW + SECOND, true],
  ])('%s with a pause until %p must persist: %p', (lane, until, mustPersist) => {
    expect(attempt(flowOf(), lane, NOW, until).mustPersist).toBe(mustPersist);
  });

  it('a shorter pause neither shortens a longer one nor must persist', () => {
    const flow = flowOf();
    attempt(flow, 'throttled', NOW, NOW + MINUTE);
    expect(attempt(flow, 'throttled', NOW, NOW + SECOND).mustPersist).toBe(false);
    expect(flow.pause(NOW)).toEqual({ until: NOW + MINUTE, reason: 'retry_after' });
  });

  it('says once that an endpoint fails, and once that it has recovered', () => {
    const flow = flowOf();
    const told = ['loss', 'loss', 'loss', 'loss', 'loss'].map(() => attempt(flow, 'loss', NOW).transition);
    told.push(attempt(flow, 'loss', NOW + 30 * SECOND).transition);
    told.push(attempt(flow, 'success', NOW + 100 * SECOND).transition);
    expect(told).toEqual([null, null, null, null, 'failing', null, 'recovered']);
  });

  it('probes that fail leave alone how far the window may double afterwards', () => {
    const flow = flowOf({}, { at: NOW, window: { size: 20, threshold: null } });
    const tickets = Array.from({ length: 5 }, (_, n) => flow.began(n + 1));
    for (const ticket of tickets) flow.ended(ticket, outcome('loss'), 1, NOW, 0);
    let now = NOW;
    for (const lane of ['loss', 'throttled_loss', 'loss'] as const) {
      now = flow.notBefore();
      attempt(flow, lane, now, lane === 'loss' ? null : now + SECOND);
    }
    expect(flow.stored(now, 0)?.window).toMatchObject({ size: 1, threshold: 10 });
  });

  it('a success slower than 5 s does not raise the window', () => {
    const flow = flowOf({}, { at: NOW, window: { size: 1, threshold: 10 } });
    flow.ended(flow.began(1), outcome('success'), 5_001, NOW, 0);
    expect(flow.size).toBe(1);
    flow.ended(flow.began(1), outcome('success'), 5_000, NOW, 0);
    expect(flow.size).toBe(2);
  });

  it('a 404 neither lowers the window nor is a success', () => {
    const flow = flowOf({}, { at: NOW, window: { size: 1, threshold: 10 } });
    attempt(flow, 'alive', NOW);
    expect(flow.size).toBe(1);
  });
});

describe('a pause', () => {
  it('names the reason that lasts longest', () => {
    const flow = flowOf();
    flow.waitForHead(NOW + 10 * SECOND);
    expect(flow.pause(NOW)?.reason).toBe('order');
    for (let n = 0; n < 5; n += 1) attempt(flow, 'loss', NOW);
    expect(flow.pause(NOW)).toEqual({ until: NOW + 30 * SECOND, reason: 'breaker' });
    attempt(flow, 'throttled', NOW, NOW + HOUR);
    expect(flow.pause(NOW)).toEqual({ until: NOW + HOUR, reason: 'retry_after' });
    expect(flow.pause(NOW + HOUR)).toBeNull();
  });

  it('holds a test only when the receiver asked for it', () => {
    const flow = flowOf({}, { at: NOW, retryAfter: NOW + SECOND, order: NOW + HOUR });
    expect([flow.mayWriteTest(NOW), flow.mayWriteTest(NOW + SECOND)]).toEqual([false, true]);
  });

  it('ends when somebody resumes the endpoint, once; an open breaker probes at once', () => {
    const stored = reloadable();
    const flow = flowOf({ resumedAt: NOW + 1 }, stored, NOW + 2);
    expect([flow.pause(NOW + 2), flow.size]).toEqual([null, 1]);
    expect(flow.began(1).probe).toBe(true);
    attempt(flow, 'throttled', NOW + 2, NOW + HOUR);
    flow.update({ ...SUBJECT, resumedAt: NOW + 1 }, NOW + 3);
    expect(flow.pause(NOW + 3)?.until).toBe(NOW + HOUR);
  });

  it('and an open breaker end when the endpoint moves', () => {
    const flow = flowOf({ movedAt: NOW + 1 }, reloadable(), NOW + 2);
    expect(flow.pause(NOW + 2)).toBeNull();
    expect(flow.began(1).probe).toBe(false);
  });
});

function reloadable(): StoredFlow {
  const flow = flowOf();
  for (let n = 0; n < 5; n += 1) attempt(flow, 'loss', NOW);
  attempt(flow, 'throttled', NOW, NOW + HOUR);
  return flow.stored(NOW, 0)!;
}
