import { DatabaseClock } from './database-clock.js';

/** A sample that says the database is `aheadMs` ahead of this machine's clock, after a round trip of `tripMs`. */
function learn(clock: DatabaseClock, aheadMs: number, tripMs: number): void {
  const sentAt = clock.monotonic();
  clock.learn(Date.now() + aheadMs + tripMs / 2, sentAt, sentAt + tripMs);
}

/** Rounded to 100 ms: the test itself takes time. */
const skewSeconds = (clock: DatabaseClock): number => Math.round(clock.skewMs() / 100) / 10;

describe('the database’s clock in a process', () => {
  it('is this machine’s until the database has told the time, and not to be relied on', () => {
    expect(new DatabaseClock().isWithin(60_000)).toBe(false);
  });

  it('goes by the sample with the shortest round trip', () => {
    const clock = new DatabaseClock();
    learn(clock, 5_000, 1_000);
    learn(clock, 5_200, 10);
    learn(clock, 5_400, 2_000);
    expect(skewSeconds(clock)).toBe(-5.2);
    expect(clock.isWithin(5)).toBe(true);
  });

  it('believes a worse sample that contradicts the better one: the machine has slept, or another server answers', () => {
    const clock = new DatabaseClock();
    learn(clock, 0, 10);
    learn(clock, 600_000, 400);
    expect(skewSeconds(clock)).toBe(-600);
  });
});
