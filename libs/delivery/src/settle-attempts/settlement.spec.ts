import { DAY, DEFAULT_RETRY_POLICY, EchoFilter, HOUR, judgeOutcome, MINUTE, SECOND } from '#core';
import type { AttemptResult } from '#core';
import type { ClaimedDelivery } from '#persistence';
import { FakeClock } from '#testing';
import type { EndpointProfile } from '../hold-lane/endpoint-profiles.js';
import { settlementOf } from './settlement.js';
import type { FinishedAttempt } from './settlement.js';

const SIGNATURE = 'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const timings = { dnsMs: null, connectMs: 1.4, tlsMs: null, firstByteMs: 3.6 };

const answered = (statusCode: number, retryAfter: string[] = []): FinishedAttempt['result'] => ({
  kind: 'response',
  response: {
    statusCode,
    contentType: 'text/plain',
    retryAfter,
    location: null,
    body: Buffer.from('x'),
    truncated: false,
  },
  startedAt: 0,
  durationMs: 5,
  timings,
});

const refused: Exclude<AttemptResult, { kind: 'not_sent' }> = {
  kind: 'failure',
  error: 'connect_refused',
  detail: '',
  startedAt: 0,
  durationMs: 1,
  timings,
};

const profile = {
  endpointId: 'e',
  retryPolicy: DEFAULT_RETRY_POLICY,
  echoes: new EchoFilter(['a-password']),
} as unknown as EndpointProfile;

const delivery = (more: Partial<ClaimedDelivery> = {}): ClaimedDelivery => ({
  id: 'd',
  eventId: 'v',
  attempts: 0,
  step: 0,
  trigger: 'initial',
  nextAt: 0,
  deadline: 3 * DAY,
  bytes: 1,
  ...more,
});

const settle = (result: FinishedAttempt['result'], of: ClaimedDelivery, now: number, jitter = 0) =>
  settlementOf(
    { delivery: of, profile, epoch: 7, result, url: 'http://x/', signedAt: 0, signature: `v1,${SIGNATURE}` },
    judgeOutcome(result, now),
    now,
    jitter,
  );

/** Publishes at 0 on the clock's time and fails every attempt: when each attempt was, and how it ended. */
function exhaust(jitter: number): { times: number[]; end: ReturnType<typeof settle> } {
  const clock = new FakeClock(0);
  const begun = clock.now();
  const times: number[] = [];
  let current = delivery({ deadline: begun + 3 * DAY });
  for (;;) {
    times.push(clock.now() - begun);
    const end = settle(refused, current, clock.now(), jitter);
    if (end.verdict !== 'retry') return { times, end };
    clock.advance((end.nextAt ?? 0) - clock.now());
    current = { ...current, attempts: current.attempts + 1, step: current.step + 1 };
  }
}

describe('the 72 hours of a delivery that never succeeds', () => {
  it('attempts at once, after 5 s, 15 s, 45 s … 12 h, and a last time at 72 h exactly; then it is dead, expired', () => {
    const { times, end } = exhaust(0);
    const gaps = times.slice(1).map((at, n) => at - (times[n] ?? 0));
    expect(gaps.slice(0, 6)).toEqual([
      5 * SECOND,
      15 * SECOND,
      45 * SECOND,
      135 * SECOND,
      405 * SECOND,
      1_215 * SECOND,
    ]);
    expect(gaps[6]).toBe(60 * MINUTE + 45 * SECOND);
    expect(gaps.slice(9, -1).every((gap) => gap === 12 * HOUR)).toBe(true);
    expect(times.at(-1)).toBe(72 * HOUR);
    expect(end).toMatchObject({ verdict: 'dead', reason: 'expired', nextAt: null });
  });

  it('jitters upwards only, by at most a fifth, and still ends with an attempt at 72 h', () => {
    const plain = exhaust(0).times;
    for (const jitter of [0.25, 0.5, 0.999]) {
      const { times, end } = exhaust(jitter);
      const gaps = times.slice(1, -1).map((at, n) => at - (times[n] ?? 0));
      for (const [n, gap] of gaps.entries()) {
        const exact = (plain[n + 1] ?? 0) - (plain[n] ?? 0);
        if (n < 10) expect(gap).toBeGreaterThanOrEqual(exact);
        if (n < 10) expect(gap).toBeLessThanOrEqual(exact * 1.2 + 1);
      }
      expect(times.at(-1)).toBe(72 * HOUR);
      expect(end).toMatchObject({ verdict: 'dead', reason: 'expired' });
    }
  });
});

describe('what an attempt means for its delivery', () => {
  it('is delivered by a 2xx', () => {
    expect(settle(answered(204), delivery(), 10)).toMatchObject({
      verdict: 'delivered',
      reason: null,
      epoch: 7,
    });
  });

  it('is dead after a 410', () => {
    expect(settle(answered(410), delivery(), 10)).toMatchObject({ verdict: 'dead', reason: 'gone' });
  });

  it('waits for the longer of schedule and Retry-After, and a 429 does not advance the schedule', () => {
    expect(settle(answered(429, ['30']), delivery(), 1_000)).toMatchObject({
      verdict: 'retry',
      nextAt: 31_000,
      advances: false,
    });
    expect(settle(answered(500, ['2']), delivery(), 1_000)).toMatchObject({
      verdict: 'retry',
      nextAt: 6_000,
      advances: true,
    });
  });

  it('stays pending past its deadline when it is told to come back later than that: no last attempt, and nothing sent early', () => {
    const late = settle(answered(503, ['7200']), delivery({ deadline: HOUR }), 1_000);
    expect(late).toMatchObject({ verdict: 'retry', nextAt: 7_201_000 });
    expect(settle(answered(503, ['7200']), delivery({ deadline: HOUR }), HOUR)).toMatchObject({
      verdict: 'dead',
      reason: 'expired',
    });
  });

  it('cancels a failed test instead of retrying it', () => {
    expect(settle(answered(503), delivery({ trigger: 'test' }), 10)).toMatchObject({
      verdict: 'cancelled',
      reason: 'test_failed',
    });
    expect(settle(answered(410), delivery({ trigger: 'test' }), 10)).toMatchObject({
      verdict: 'cancelled',
    });
    expect(settle(answered(200), delivery({ trigger: 'test' }), 10)).toMatchObject({ verdict: 'delivered' });
  });

  it('records the attempt, with what its first attempt was triggered by and `retry` from then on', () => {
    expect(settle(answered(200), delivery({ trigger: 'resend' }), 10).record).toMatchObject({
      trigger: 'resend',
      status: 200,
      connectMs: 1,
      firstByteMs: 4,
      error: null,
    });
    expect(settle(refused, delivery({ trigger: 'resend', attempts: 1 }), 10).record).toMatchObject({
      trigger: 'retry',
      status: null,
      error: 'connect_refused',
      body: null,
    });
  });

  it('keeps what Postgres cannot store out of the record', () => {
    const result = answered(500);
    if (result.kind === 'response') Object.assign(result.response, { contentType: `a\0b${'c'.repeat(5_000)}` });
    expect(settle(result, delivery(), 10).record.contentType).toBe(`ab${'c'.repeat(1_022)}`);
  });
});
