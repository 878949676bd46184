import { TargetCounts } from '#core';
import type { TargetRooms, TargetShare } from '#core';
import { TenantRounds } from './tenant-rounds.js';

/** Who wants room for one request at its target. */
export interface TargetVisitor {
  readonly tenantId: string;
  /** What it counts under, from the most to the least its own. The same for as long as it waits. */
  readonly keys: readonly string[];
  /** It has its room, which is kept for it until it gives it back. */
  onRoom(): void;
}

interface Place {
  readonly tenantId: string;
  readonly visitor: TargetVisitor;
  /** Of its keys, those under which it has room already. */
  taken: number;
}

/**
 * How much is in flight from this process to one target, over all tenants, and who waits for it: under each key tenants in turn, then first come,
 * first served. Whoever has waited for its domain keeps that room while it waits for its address: always in this order, so that no two wait for
 * each other, and nobody waits for ever because the two are never free at the same moment.
 */
export class TargetCap implements TargetRooms {
  private readonly counts: TargetCounts;
  private readonly lines = new Map<string, TenantRounds<Place>>();
  private readonly places = new Map<TargetVisitor, Place>();
  private readonly freed = new Set<string>();
  private looking = false;

  constructor(
    private readonly share: TargetShare,
    private readonly monotonic: () => number,
  ) {
    this.counts = new TargetCounts(share.atFirst);
  }

  /** Visitors that wait. */
  get waiting(): number {
    return this.places.size;
  }

  /** So many may be in flight under one key. */
  get limit(): number {
    return this.counts.limit;
  }

  /** Keys with something in flight. */
  get targets(): number {
    return this.counts.size;
  }

  /** So many dispatchers live, this one among them. */
  shareAmong(live: number): void {
    this.counts.limit = this.share.learn(live, this.monotonic());
    for (const key of this.lines.keys()) this.freed.add(key);
    this.lookSoon();
  }

  mayTake(key: string): boolean {
    return this.counts.hasRoom(key) && !this.lines.has(key);
  }

  take(key: string): void {
    this.counts.take(key);
  }

  giveBack(key: string): void {
    this.counts.giveBack(key);
    if (!this.lines.has(key)) return;
    this.freed.add(key);
    this.lookSoon();
  }

  /** True: it has its room. False: it hears by `onRoom`, never from inside this call. */
  ask(visitor: TargetVisitor): boolean {
    return this.goOn({ tenantId: visitor.tenantId, visitor, taken: 0 });
  }

  /** It waits no longer, and has nothing. */
  forget(visitor: TargetVisitor): void {
    const place = this.places.get(visitor);
    if (!place) return;
    this.places.delete(visitor);
    const key = visitor.keys[place.taken];
    const line = key === undefined ? undefined : this.lines.get(key);
    line?.leave(place);
    if (key !== undefined && line?.length === 0) this.lines.delete(key);
    for (const taken of visitor.keys.slice(0, place.taken)) this.giveBack(taken);
  }

  private goOn(place: Place): boolean {
    const { visitor } = place;
    for (const key of visitor.keys.slice(place.taken)) {
      if (!this.mayTake(key)) {
        this.wait(place, key);
        return false;
      }
      this.counts.take(key);
      place.taken += 1;
    }
    this.places.delete(visitor);
    return true;
  }

  private wait(place: Place, key: string): void {
    const line = this.lines.get(key) ?? new TenantRounds<Place>();
    line.join(place);
    this.lines.set(key, line);
    this.places.set(place.visitor, place);
  }

  /** Once for everything that ends in this turn of the event loop, and outside of what ended. */
  private lookSoon(): void {
    if (this.looking || this.freed.size === 0) return;
    this.looking = true;
    setImmediate(() => {
      this.looking = false;
      const freed = [...this.freed];
      this.freed.clear();
      for (const key of freed) this.serve(key);
    });
  }

  private serve(key: string): void {
    for (let line = this.lines.get(key); line && this.counts.hasRoom(key); line = this.lines.get(key)) {
      const place = line.next();
      if (line.length === 0) this.lines.delete(key);
      if (!place) return;
      this.counts.take(key);
      place.taken += 1;
      if (this.goOn(place)) place.visitor.onRoom();
    }
  }
}
