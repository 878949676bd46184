import { SystemClock } from './clock.js';

describe('the system clock', () => {
  it('tells the machine’s time until it is corrected', () => {
    const before = Date.now();
    const now = new SystemClock().now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it('tells the database’s time once the offset is known, in whole milliseconds', () => {
    const clock = new SystemClock();
    clock.setOffset(-3_600_000.4);
    expect(clock.offsetMs).toBe(-3_600_000);
    expect(Math.abs(clock.now() - (Date.now() - 3_600_000))).toBeLessThan(1000);
    expect(Number.isInteger(clock.now())).toBe(true);
  });

  it('measures durations on a clock the correction does not touch', () => {
    const clock = new SystemClock();
    const start = clock.monotonic();
    clock.setOffset(60_000);
    expect(clock.monotonic() - start).toBeLessThan(30_000);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(start);
  });
});
