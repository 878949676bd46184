import fc from 'fast-check';
import { MINUTE, SECOND } from '../units.js';
import { RecentCounts } from './recent-counts.js';

const PART = MINUTE / 10;

describe('recent counts', () => {
  it('counts what lies less than nine tenths of the time back, and nothing older than the whole', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 20 * SECOND }), { minLength: 1 });
    fc.assert(
      fc.property(gaps, (all) => {
        const counts = new RecentCounts(MINUTE, 0, null);
        const times: number[] = [];
        let now = 0;
        for (const gap of all) {
          now += gap;
          times.push(now);
          counts.add('attempts', now);
        }
        const { attempts } = counts.counted(now);
        expect(attempts).toBeGreaterThanOrEqual(times.filter((at) => at > now - MINUTE + PART).length);
        expect(attempts).toBeLessThanOrEqual(times.filter((at) => at > now - MINUTE).length);
      }),
    );
  });

  it.each([
    [0, 3],
    [5.9 * SECOND, 3],
    [59.9 * SECOND, 3],
    [60 * SECOND, 0],
    [3_600 * SECOND, 0],
  ])('after %i ms, of three at the beginning %i are left', (passed, left) => {
    const counts = new RecentCounts(MINUTE, 0, null);
    for (let n = 0; n < 3; n += 1) counts.add('losses', 0);
    expect(counts.counted(passed).losses).toBe(left);
  });

  it('forgets with a success what was fruitless before it, and nothing else', () => {
    const counts = new RecentCounts(MINUTE, 0, null);
    for (const kind of ['attempts', 'losses', 'fruitless', 'settled'] as const) counts.add(kind, 0);
    counts.succeeded();
    expect(counts.counted(0)).toEqual({ attempts: 1, losses: 1, fruitless: 0 });
  });

  it('begins anew for the breaker, and not for what the lane drains by', () => {
    const counts = new RecentCounts(MINUTE, 0, null);
    for (const kind of ['attempts', 'losses', 'fruitless', 'settled'] as const) counts.add(kind, 0);
    counts.restart();
    expect(counts.counted(0)).toEqual({ attempts: 0, losses: 0, fruitless: 0 });
    expect(counts.stored(0)).toMatchObject({ attempts: [], settled: [1] });
  });

  it('stores nothing when nothing happened lately', () => {
    const counts = new RecentCounts(MINUTE, 0, null);
    expect(counts.stored(0)).toBeNull();
    counts.add('attempts', 0);
    expect(counts.stored(0)).toEqual({ since: 0, attempts: [1], losses: [], fruitless: [], settled: [] });
    expect(counts.stored(MINUTE)).toBeNull();
  });

  it('counts on, when stored and loaded, as if it had never been put away', () => {
    const adds = fc.array(fc.integer({ min: 0, max: 10 * SECOND }));
    fc.assert(
      fc.property(adds, adds, (before, after) => {
        let counts = new RecentCounts(MINUTE, 0, null);
        const kept = new RecentCounts(MINUTE, 0, null);
        let now = 0;
        for (const [n, gap] of [...before, ...after].entries()) {
          now += gap;
          if (n === before.length) counts = new RecentCounts(MINUTE, now, counts.stored(now));
          for (const each of [counts, kept]) each.add('fruitless', now);
        }
        // Stored empty, it begins its tenths at another time: within one of them is all that is promised.
        expect(Math.abs(counts.counted(now).fruitless - kept.counted(now).fruitless)).toBeLessThanOrEqual(after.length);
        if (before.length > 0 && counts.stored(now)?.since === kept.stored(now)?.since)
          expect(counts.counted(now)).toEqual(kept.counted(now));
      }),
    );
  });
});
