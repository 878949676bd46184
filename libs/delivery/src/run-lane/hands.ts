import type { ClaimedDelivery } from '#persistence';

/** A publish may commit this much later than the time it stored: claims look back so far. */
const LATE_COMMIT_MS = 10_000;
/** Now and then a claim looks from the very beginning, for what was committed later still. */
const LOOK_FROM_START_EVERY_MS = 60_000;

/**
 * Which deliveries the holder has in its hands. A claim writes nothing, so these are still pending and due in the database and come again with
 * every claim; and a claim that was sent before a settlement committed may still bring what is settled by now.
 */
export class Hands {
  private readonly held = new Map<string, number>();
  private settledDuringClaim: string[] = [];
  private claiming = false;
  private newest: number | null = null;
  private lookedFromStartAt = -Infinity;

  get size(): number {
    return this.held.size;
  }

  /** Marks the beginning of a claim and answers its floor: nothing due earlier can be unclaimed. Null: look from the start. */
  beginClaim(now: number): number | null {
    this.claiming = true;
    if (this.newest === null || now - this.lookedFromStartAt >= LOOK_FROM_START_EVERY_MS) {
      this.lookedFromStartAt = now;
      return null;
    }
    let oldest = this.newest;
    for (const nextAt of this.held.values()) if (nextAt < oldest) oldest = nextAt;
    return oldest - LATE_COMMIT_MS;
  }

  /** Takes what is new among the claimed. */
  take(claimed: readonly ClaimedDelivery[]): ClaimedDelivery[] {
    const fresh = claimed.filter(({ id }) => !this.held.has(id));
    for (const { id, nextAt } of fresh) {
      this.held.set(id, nextAt);
      if (this.newest === null || nextAt > this.newest) this.newest = nextAt;
    }
    return fresh;
  }

  endClaim(): void {
    this.claiming = false;
    for (const id of this.settledDuringClaim) this.held.delete(id);
    this.settledDuringClaim = [];
  }

  /** Its settlement is committed. */
  settled(id: string): void {
    if (this.claiming) this.settledDuringClaim.push(id);
    else this.held.delete(id);
  }

  /** Put back unsent: the next claim may bring it again, and has to look as far back as it. */
  putBack(id: string): void {
    this.held.delete(id);
    this.newest = null;
  }
}
