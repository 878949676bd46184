import fc from 'fast-check';
import type { LaneSignal } from '../outcome.js';
import { MINUTE, SECOND } from '../units.js';
import { Breaker } from './breaker.js';
import type { StoredBreaker } from './breaker.js';
import { DEFAULT_FLOW_SETTINGS } from './flow-settings.js';
import { RecentCounts } from './recent-counts.js';

const SETTINGS = DEFAULT_FLOW_SETTINGS;

function closed(stored: StoredBreaker | null = null) {
  const counts = new RecentCounts(SETTINGS.countedMs, 0, null);
  return new Breaker(SETTINGS, counts, stored, 0);
}

/** Observes signals at even intervals; the reason why it is open at the end. */
function reasonAfter(signals: readonly LaneSignal[], everyMs: number) {
  const breaker = closed();
  for (const [n, signal] of signals.entries()) breaker.observe(signal, n * everyMs, 0);
  return breaker.reason;
}

const times = (count: number, ...signals: LaneSignal[]): LaneSignal[] =>
  Array.from({ length: count }, () => signals).flat();

describe('a closed breaker', () => {
  it.each<[string, readonly LaneSignal[], number, 'failing' | 'rejecting' | null]>([
    ['4 losses in a row', times(4, 'loss'), SECOND, null],
    ['5 losses in a row', times(5, 'loss'), SECOND, 'failing'],
    ['5 losses in a row at 15 s each', times(5, 'loss'), 15 * SECOND, 'failing'],
    ['5 losses in a row at ten minutes each', times(5, 'loss'), 10 * MINUTE, 'failing'],
    ['5 of different kinds', ['loss', 'soft_loss', 'throttled_loss', 'loss', 'soft_loss'], SECOND, 'failing'],
    ['4 losses, a success, 4 losses', [...times(4, 'loss'), 'success', ...times(4, 'loss')], 10 * SECOND, null],
    ['4 losses, a 404, 4 losses', [...times(4, 'loss'), 'alive', ...times(4, 'loss')], 10 * SECOND, null],
    ['3 of 4 lost, 10 times', times(10, 'loss', 'loss', 'loss', 'success'), SECOND, 'failing'],
    ['3 of 4 lost, seldom', times(10, 'loss', 'loss', 'loss', 'success'), 10 * SECOND, null],
    ['2 of 3 lost', times(30, 'success', 'loss', 'loss'), SECOND, null],
    ['19 answers of 404', times(19, 'alive'), SECOND, null],
    ['20 answers of 404', times(20, 'alive'), SECOND, 'rejecting'],
    ['20 answers of 404 in more than a minute', times(20, 'alive'), 4 * SECOND, null],
    ['19 answers of 404 after each success', times(5, 'success', ...times(19, 'alive')), SECOND / 10, null],
    [
      '20 answers of 404 right after many successes',
      [...times(1_000, 'success'), ...times(20, 'alive')],
      10,
      'rejecting',
    ],
    ['20 addresses refused', times(20, 'flagged'), SECOND, 'rejecting'],
    ['429 and nothing else', times(1_000, 'throttled'), SECOND, null],
    ['429 between losses', times(5, 'loss', 'throttled'), SECOND, 'failing'],
  ])('judges %s', (_what, signals, everyMs, reason) => {
    expect(reasonAfter(signals, everyMs)).toBe(reason);
  });

  it('is never opened as long as every third attempt succeeds, and never by 429s', () => {
    const signal = fc.constantFrom<LaneSignal>('loss', 'soft_loss', 'alive', 'throttled');
    fc.assert(
      fc.property(fc.array(fc.tuple(signal, signal), { maxLength: 100 }), (pairs) => {
        expect(
          reasonAfter(
            pairs.flatMap((pair) => ['success' as const, ...pair]),
            100,
          ),
        ).toBeNull();
      }),
    );
    expect(reasonAfter(times(500, 'throttled'), 1)).toBeNull();
  });
});

describe('an open breaker', () => {
  const opened = (jitter = 0) => {
    const breaker = closed();
    for (let n = 0; n < 5; n += 1) breaker.observe('loss', 0, jitter);
    return breaker;
  };

  it('is open for 30 s, and for twice as long with each probe that fails, up to 15 min', () => {
    const breaker = opened();
    let now = 0;
    const lengths = Array.from({ length: 8 }, () => {
      const length = breaker.openUntil! - now;
      now = breaker.openUntil!;
      expect(breaker.probed('loss', now, 0)).toBe('reopened');
      return length / SECOND;
    });
    expect(lengths).toEqual([30, 60, 120, 240, 480, 900, 900, 900]);
  });

  it('is open up to a fifth longer by chance, and never shorter', () => {
    const jitter = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(jitter, fc.integer({ min: 0, max: 1_200 }), (random, failures) => {
        const breaker = opened(random);
        for (let n = 0; n < failures; n += 1) breaker.probed('loss', 0, random);
        const exact = Math.min(30 * SECOND * 2 ** failures, 15 * MINUTE);
        expect(breaker.openUntil).toBeGreaterThanOrEqual(exact);
        expect(breaker.openUntil).toBeLessThanOrEqual(exact * 1.2);
      }),
    );
  });

  it.each<[LaneSignal, string | null]>([
    ['success', 'closed'],
    ['alive', 'closed'],
    ['loss', 'reopened'],
    ['soft_loss', 'reopened'],
    ['throttled_loss', 'reopened'],
    ['flagged', 'reopened'],
    ['throttled', null],
  ])('that opened by losses: a probe that ends with %s → %s', (signal, change) => {
    expect(opened().probed(signal, 30 * SECOND, 0)).toBe(change);
  });

  it.each<[LaneSignal, string | null]>([
    ['success', 'closed'],
    ['alive', 'reopened'],
    ['loss', 'reopened'],
    ['throttled', null],
  ])('that opened because all was rejected: a probe that ends with %s → %s', (signal, change) => {
    const breaker = closed();
    for (let n = 0; n < 20; n += 1) breaker.observe('alive', 0, 0);
    expect(breaker.probed(signal, 30 * SECOND, 0)).toBe(change);
  });

  it('is not closed, nor kept open for longer, by answers to requests from before it opened', () => {
    const breaker = opened();
    for (const signal of ['success', 'loss', 'alive', 'loss'] as const)
      expect(breaker.observe(signal, SECOND, 0)).toBeNull();
    expect(breaker.openUntil).toBe(30 * SECOND);
  });

  it.each([
    [59 * SECOND, 60],
    [60 * SECOND, 30],
  ])('closed, and opened again after %i ms, is open for %i s', (after, seconds) => {
    const breaker = opened();
    breaker.probed('success', 30 * SECOND, 0);
    const again = 30 * SECOND + after;
    for (let n = 0; n < 5; n += 1) breaker.observe('loss', again, 0);
    expect((breaker.openUntil! - again) / SECOND).toBe(seconds);
  });

  it('stands by itself: it takes five more losses to open it again', () => {
    const breaker = opened();
    breaker.probed('success', 30 * SECOND, 0);
    expect(breaker.lossStreak).toBe(0);
    for (let n = 0; n < 4; n += 1) expect(breaker.observe('loss', 31 * SECOND, 0)).toBeNull();
    expect(breaker.observe('loss', 31 * SECOND, 0)).toBe('opened');
  });

  it('probes at once when somebody asks for it, and is as new at another address', () => {
    const breaker = opened();
    breaker.probeNow(SECOND);
    expect([breaker.isClosed, breaker.openUntil]).toEqual([false, SECOND]);
    breaker.reset();
    expect([breaker.isClosed, breaker.stored(SECOND), breaker.lossStreak]).toEqual([true, null, 0]);
  });

  it('is stored while it is open, and for a minute after', () => {
    const breaker = opened();
    expect(breaker.stored(HOURS_LATER)).toMatchObject({ reason: 'failing', openings: 1, closedAt: null });
    breaker.probed('success', 30 * SECOND, 0);
    expect(breaker.stored(89 * SECOND)).toMatchObject({ closedAt: 30 * SECOND });
    expect(breaker.stored(90 * SECOND)).toBeNull();
  });
});

const HOURS_LATER = 5 * 60 * MINUTE;
