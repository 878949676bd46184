/** A publish may commit this much later than the time it stored: claims look back so far. */
const LATE_COMMIT_MS = 10_000;
/** Now and then a claim looks from the very beginning, for what was committed later still. */
const LOOK_FROM_START_EVERY_MS = 60_000;

/**
 * How far back a claim must look: nothing due before the floor can be unclaimed. It keeps claims away from the index entries of what was settled
 * long ago, which an old snapshot makes undeletable.
 */
export class ClaimFloor {
  private newest: number | null = null;
  private lookedFromStartAt = -Infinity;

  /** Null: look from the start. `held`: when the deliveries in hand were due. */
  next(held: Iterable<number>, now: number): number | null {
    if (this.newest === null || now - this.lookedFromStartAt >= LOOK_FROM_START_EVERY_MS) {
      this.lookedFromStartAt = now;
      return null;
    }
    let oldest = this.newest;
    for (const nextAt of held) if (nextAt < oldest) oldest = nextAt;
    return oldest - LATE_COMMIT_MS;
  }

  took(nextAt: number): void {
    if (this.newest === null || nextAt > this.newest) this.newest = nextAt;
  }

  /** Something was put back, or the range is another one. */
  reset(): void {
    this.newest = null;
  }
}
