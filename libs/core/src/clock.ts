/** Two clocks that must not be mixed: one says when something is, the other how long something took. */
export interface Clock {
  /** Milliseconds since the epoch, corrected to the database's clock. May jump. */
  now(): number;
  /** Milliseconds from an arbitrary start. Never jumps, says nothing about the date. */
  monotonic(): number;
}

/** The machine's clock, shifted to the database's once somebody has measured the distance. */
export class SystemClock implements Clock {
  #offsetMs = 0;

  now(): number {
    return Date.now() + this.#offsetMs;
  }

  monotonic(): number {
    return performance.now();
  }

  /** How far the database's clock is ahead of this machine's (negative: behind). Whole milliseconds, so that `now()` stays whole. */
  setOffset(ms: number): void {
    this.#offsetMs = Math.round(ms);
  }

  get offsetMs(): number {
    return this.#offsetMs;
  }
}
