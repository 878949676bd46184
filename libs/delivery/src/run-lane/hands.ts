import type { ClaimedDelivery } from '#persistence';
import { ClaimFloor } from './claim-floor.js';

/** Of a lane with a watermark: what was due up to it, and what came after. Without one everything live is backlog. */
export type LiveSide = 'backlog' | 'fresh';
/** What replays made is behind both. */
export type Side = LiveSide | 'replayed';

/**
 * Which deliveries the holder has in its hands. A claim writes nothing, so these are still pending and due in the database and come again with
 * every claim; and a claim that was sent before a settlement committed may still bring what is settled by now.
 */
export class Hands {
  private readonly held = new Map<string, { nextAt: number; side: Side }>();
  private readonly floors: Record<Side, ClaimFloor> = {
    backlog: new ClaimFloor(),
    fresh: new ClaimFloor(),
    replayed: new ClaimFloor(),
  };
  private settledDuringClaim: string[] = [];
  private claiming = false;

  count(side: Side): number {
    let count = 0;
    for (const one of this.held.values()) if (one.side === side) count += 1;
    return count;
  }

  beginClaim(): void {
    this.claiming = true;
  }

  /** Nothing of that side due earlier can be unclaimed. Null: look from the start. */
  floor(side: Side, now: number): number | null {
    return this.floors[side].next(this.dueTimes(side), now);
  }

  /** Takes what is new among the claimed. */
  take(claimed: readonly ClaimedDelivery[], side: Side = 'backlog'): ClaimedDelivery[] {
    const fresh = claimed.filter(({ id }) => !this.held.has(id));
    for (const { id, nextAt, trigger } of fresh) {
      this.held.set(id, { nextAt, side });
      // A test is claimed by itself while nothing else may be sent: it says nothing of what is due before it.
      if (trigger !== 'test') this.floors[side].took(nextAt);
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
    this.lookFromStart();
  }

  /** The watermark moved, or something went back. */
  lookFromStart(): void {
    this.floors.backlog.reset();
    this.floors.fresh.reset();
    this.floors.replayed.reset();
  }

  /** What is live and in hand belongs to these sides from now on. */
  split(watermark: number | null): void {
    for (const one of this.held.values()) if (one.side !== 'replayed') one.side = sideOf(one.nextAt, watermark);
    this.lookFromStart();
  }

  private *dueTimes(side: Side): Generator<number> {
    for (const one of this.held.values()) if (one.side === side) yield one.nextAt;
  }
}

const sideOf = (nextAt: number, watermark: number | null): LiveSide =>
  watermark !== null && nextAt > watermark ? 'fresh' : 'backlog';
