import { RecentCounts } from './recent-counts.js';
import { settledPerSecond } from './settled-rate.js';
import { MINUTE } from '../units.js';

const SINCE = 1_000_000;
const counts = (settled: number[]) => ({ since: SINCE, attempts: [], losses: [], fruitless: [], settled });

describe('the rate at which deliveries come to an end', () => {
  it.each([
    ['nothing is stored', undefined, 0, 0],
    ['nothing was settled', counts([]), 0, 0],
    ['nine whole parts and a new one', counts(Array<number>(10).fill(60)), 0, 600 / 54],
    ['nine parts and a half', counts(Array<number>(10).fill(60)), 3_000, 600 / 57],
    ['the oldest part has fallen out', counts([0, 0, 0, 0, 0, 0, 0, 0, 0, 54]), 6_000, 0],
    ['the second oldest is the oldest now', counts([0, 0, 0, 0, 0, 0, 0, 0, 54]), 6_000, 1],
    ['all have fallen out', counts(Array<number>(10).fill(60)), MINUTE, 0],
    ['a clock that is behind', counts([54]), -500, 1],
  ])('when %s', (_case, stored, later, rate) => {
    expect(settledPerSecond(stored, MINUTE, SINCE + later)).toBeCloseTo(rate, 10);
  });

  it('is what went out when a steady stream was counted', () => {
    const recent = new RecentCounts(MINUTE, 0, null);
    for (let now = 0; now < 5 * MINUTE; now += 100) recent.add('settled', now);
    const at = 5 * MINUTE - 100;
    expect(settledPerSecond(recent.stored(at) ?? undefined, MINUTE, at)).toBeCloseTo(10, 0);
  });
});
