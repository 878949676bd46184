import fc from 'fast-check';
import { SECOND } from '../units.js';
import { RateLimit } from './rate-limit.js';

const rates = fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.double({ min: 0.1, max: 50, noNaN: true }));
const gaps = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 300 });

/** When tokens were taken by somebody who asks at these intervals; put away and loaded again before every ask if so wanted. */
function taken(rate: number, asks: readonly number[], reloads: boolean): number[] {
  let limit = new RateLimit(rate);
  const times: number[] = [];
  let now = 0;
  for (const gap of asks) {
    now += gap;
    if (reloads) limit = new RateLimit(rate, limit.stored(now) ?? undefined);
    if (limit.take(now)) times.push(now);
  }
  return times;
}

describe('the rate limit', () => {
  it.each([
    [1, 1],
    [5, 1],
    [10, 1],
    [20, 2],
    [100, 10],
    [1_000, 100],
  ])('of %i a second saves up %i', (rate, burst) => {
    expect(new RateLimit(rate).burst).toBe(burst);
  });

  it('lets 5 a second through every 200 ms, whoever asks how often', () => {
    expect(
      taken(
        5,
        Array.from({ length: 100 }, () => 10),
        false,
      ),
    ).toEqual([10, 210, 410, 610, 810]);
  });

  it('never lets more through in any interval than rate × time + burst, also when it is stored and loaded each time', () => {
    fc.assert(
      fc.property(rates, gaps, fc.boolean(), (rate, asks, reloads) => {
        const times = taken(rate, asks, reloads);
        const { burst } = new RateLimit(rate);
        for (let from = 0; from < times.length; from += 1) {
          for (let to = from; to < times.length; to += 1) {
            const allowed = (rate * (times[to]! - times[from]!)) / SECOND + burst;
            expect(to - from + 1).toBeLessThanOrEqual(allowed + 1e-6);
          }
        }
      }),
    );
  });

  it('stored and loaded, lets through at the same times', () => {
    fc.assert(
      fc.property(rates, gaps, (rate, asks) => {
        expect(taken(rate, asks, true)).toEqual(taken(rate, asks, false));
      }),
    );
  });

  it('names the time from which on a token is there', () => {
    fc.assert(
      fc.property(rates, gaps, (rate, asks) => {
        const limit = new RateLimit(rate);
        let now = 0;
        for (const gap of asks) {
          now += gap;
          const isThere = now >= limit.availableAt();
          expect(limit.take(now)).toBe(isThere);
        }
      }),
    );
  });

  it('without a rate lets everything through; a rate that comes later holds from then on', () => {
    const limit = new RateLimit(null);
    expect([limit.take(0), limit.take(0), limit.burst, limit.stored(0)]).toEqual([true, true, Infinity, null]);
    limit.setRate(5);
    expect([limit.take(0), limit.take(0), limit.take(199), limit.take(200)]).toEqual([true, false, false, true]);
  });
});
