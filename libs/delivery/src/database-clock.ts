import type { Clock } from '#core';

/** Samples older than this no longer count: clocks drift. */
const SAMPLE_LIVES_MS = 60_000;

/**
 * The database's time in this process: the monotonic clock plus a distance learned from Postgres' replies. The machine's own wall clock is
 * only compared with it, so a clock that is wrong, or jumps, changes neither a signature nor a retry.
 */
export class DatabaseClock implements Clock {
  private base = Date.now() - performance.now();
  /** Half the round trip of the sample in use: how wrong it can be. */
  private uncertainty = Infinity;
  private sampledAt = -Infinity;

  now(): number {
    return performance.now() + this.base;
  }

  monotonic(): number {
    return performance.now();
  }

  /**
   * `databaseNow` was read between the monotonic times `sentAt` and `receivedAt`. The sample with the shortest round trip wins, unless both cannot
   * be true: then the machine has slept (its monotonic clock with it), or another server answers now.
   */
  learn(databaseNow: number, sentAt: number, receivedAt: number): void {
    const uncertainty = (receivedAt - sentAt) / 2;
    const base = databaseNow - (sentAt + uncertainty);
    const agree = Math.abs(base - this.base) <= uncertainty + this.uncertainty;
    if (agree && uncertainty > this.uncertainty && receivedAt - this.sampledAt < SAMPLE_LIVES_MS) return;
    this.base = base;
    this.uncertainty = uncertainty;
    this.sampledAt = receivedAt;
  }

  /** How far the machine's wall clock is ahead of the database's, milliseconds (negative: behind). */
  skewMs(): number {
    return Date.now() - this.now();
  }

  /** Whether the time is known to within `ms`. */
  isWithin(ms: number): boolean {
    return this.uncertainty <= ms;
  }
}
