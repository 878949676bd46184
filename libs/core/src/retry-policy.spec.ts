import fc from 'fast-check';
import { DEFAULT_RETRY_POLICY, nextAttemptAt, retryDelayMs, type RetryPolicy } from './retry-policy.js';
import { HOUR, MINUTE, SECOND } from './units.js';

const PUBLISHED = Date.UTC(2026, 10, 23);
const DEADLINE = PUBLISHED + 72 * HOUR;

const policy: fc.Arbitrary<RetryPolicy> = fc.record({
  initialDelaySeconds: fc.integer({ min: 1, max: 3600 }),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  maxDelaySeconds: fc.integer({ min: 1, max: 86_400 }),
  giveUpAfterSeconds: fc.integer({ min: 60, max: 604_800 }),
});
const jitter = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const step = fc.integer({ min: 0, max: 2000 });

describe('the retry delay', () => {
  it.each([
    [0, 5 * SECOND],
    [1, 15 * SECOND],
    [2, 45 * SECOND],
    [3, 2 * MINUTE + 15 * SECOND],
    [4, 6 * MINUTE + 45 * SECOND],
    [5, 20 * MINUTE + 15 * SECOND],
    [6, HOUR + 45 * SECOND],
    [7, 3 * HOUR + 2 * MINUTE + 15 * SECOND],
    [8, 9 * HOUR + 6 * MINUTE + 45 * SECOND],
    [9, 12 * HOUR],
    [10, 12 * HOUR],
    [5000, 12 * HOUR],
  ])('by default, retry %i comes after %i ms', (n, delay) => {
    expect(retryDelayMs(DEFAULT_RETRY_POLICY, n, 0)).toBe(delay);
  });

  it('adds up to 20 % and takes nothing away', () => {
    fc.assert(
      fc.property(policy, step, jitter, (anyPolicy, n, random) => {
        const plain = retryDelayMs(anyPolicy, n, 0);
        const jittered = retryDelayMs(anyPolicy, n, random);
        expect(jittered).toBeGreaterThanOrEqual(plain);
        expect(jittered).toBeLessThanOrEqual(Math.ceil(plain * 1.2));
        expect(plain).toBeLessThanOrEqual(anyPolicy.maxDelaySeconds * SECOND);
      }),
    );
  });
});

/** Every attempt of a delivery that always fails at once. */
function schedule(anyPolicy: RetryPolicy, deadline: number, random: () => number): number[] {
  const attempts = [PUBLISHED];
  for (let n = 0; ; n++) {
    const next = nextAttemptAt({
      policy: anyPolicy,
      step: n,
      attemptedAt: attempts.at(-1)!,
      deadline,
      jitter: random(),
    });
    if (next === null) return attempts;
    attempts.push(next.at);
  }
}

describe('the next attempt', () => {
  it('follows the schedule for three days, the last one at 72 h, then none', () => {
    const attempts = schedule(DEFAULT_RETRY_POLICY, DEADLINE, () => 0);
    const gaps = attempts.slice(1).map((at, i) => (at - attempts[i]!) / SECOND);
    expect(gaps.slice(0, 14)).toEqual([
      5, 15, 45, 135, 405, 1215, 3645, 10_935, 32_805, 43_200, 43_200, 43_200, 43_200, 37_195,
    ]);
    expect(attempts.at(-1)).toBe(DEADLINE);
    expect(attempts).toHaveLength(15);
  });

  it('ends at the deadline whatever the policy and the jitter, and only goes forward', () => {
    fc.assert(
      fc.property(policy, fc.infiniteStream(jitter), (anyPolicy, stream) => {
        const coarse = {
          ...anyPolicy,
          initialDelaySeconds: Math.max(anyPolicy.initialDelaySeconds, 600),
          maxDelaySeconds: 86_400,
        };
        const deadline = PUBLISHED + coarse.giveUpAfterSeconds * SECOND;
        const attempts = schedule(coarse, deadline, () => stream.next().value as number);
        expect(attempts.at(-1)).toBe(deadline);
        expect(attempts.every((at, i) => i === 0 || at > attempts[i - 1]!)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('is never before the schedule or the Retry-After, and never past the deadline', () => {
    const offset = fc.integer({ min: -HOUR, max: 80 * HOUR });
    fc.assert(
      fc.property(policy, step, jitter, offset, fc.option(offset), (anyPolicy, n, random, since, wait) => {
        const attemptedAt = PUBLISHED + since;
        const notBefore = wait === null ? null : attemptedAt + wait;
        const next = nextAttemptAt({
          policy: anyPolicy,
          step: n,
          attemptedAt,
          deadline: DEADLINE,
          jitter: random,
          notBefore,
        });
        if (next === null) {
          expect(attemptedAt >= DEADLINE || (notBefore ?? 0) > DEADLINE).toBe(true);
          return;
        }
        const earliest = Math.max(attemptedAt + retryDelayMs(anyPolicy, n, 0), notBefore ?? 0);
        expect(next.at).toBeGreaterThanOrEqual(Math.min(earliest, DEADLINE));
        expect(next.at).toBeLessThanOrEqual(DEADLINE);
        expect(next.at).toBeGreaterThan(attemptedAt);
        expect(next.last).toBe(next.at === DEADLINE);
      }),
    );
  });

  const failed = { policy: DEFAULT_RETRY_POLICY, step: 0, jitter: 0, deadline: DEADLINE };

  it.each([
    ['the schedule alone', { attemptedAt: PUBLISHED }, { at: PUBLISHED + 5 * SECOND, last: false }],
    [
      'a later Retry-After',
      { attemptedAt: PUBLISHED, notBefore: PUBLISHED + MINUTE },
      { at: PUBLISHED + MINUTE, last: false },
    ],
    [
      'an earlier Retry-After',
      { attemptedAt: PUBLISHED, notBefore: PUBLISHED + SECOND },
      { at: PUBLISHED + 5 * SECOND, last: false },
    ],
    ['no Retry-After', { attemptedAt: PUBLISHED, notBefore: null }, { at: PUBLISHED + 5 * SECOND, last: false }],
    ['a Retry-After at the deadline', { attemptedAt: PUBLISHED, notBefore: DEADLINE }, { at: DEADLINE, last: true }],
    ['a Retry-After past the deadline', { attemptedAt: PUBLISHED, notBefore: DEADLINE + 1 }, null],
    ['a schedule past the deadline', { attemptedAt: DEADLINE - 1 }, { at: DEADLINE, last: true }],
    ['a schedule just at the deadline', { attemptedAt: DEADLINE - 5 * SECOND }, { at: DEADLINE, last: true }],
    ['the attempt at the deadline', { attemptedAt: DEADLINE }, null],
    ['an attempt after the deadline', { attemptedAt: DEADLINE + MINUTE }, null],
  ])('with %s', (_case, when, next) => {
    expect(nextAttemptAt({ ...failed, ...when })).toEqual(next);
  });
});
