import { FairShares } from '#core';

/** Who takes of what is shared. */
export interface Sharer {
  readonly tenantId: string;
  readonly endpointId: string;
}

interface Waiter {
  of: Sharer;
  amount: number;
  ready: () => void;
  /** Place in the order of arrival. */
  number: number;
}

/**
 * What all lanes of the process share (payload bytes, requests in flight), and who waits for it. First come, first served among those who only
 * lack room: nobody overtakes them. Whoever has exhausted its share waits aside, until it may hold more, and holds up nobody.
 */
export class ShareLine {
  private readonly shares: FairShares;
  private readonly waiting = new Map<string | object, Waiter>();
  private arrivals = 0;
  /** Somebody within its share waits for room: who comes now comes after it. */
  private roomIsWaitedFor = false;
  private looking = false;

  constructor(limit: number) {
    this.shares = new FairShares(limit);
  }

  get used(): number {
    return this.shares.used;
  }

  get length(): number {
    return this.waiting.size;
  }

  /** Whether it may take so much now without overtaking anybody. */
  mayTake({ tenantId, endpointId }: Sharer, amount: number): boolean {
    return !this.roomIsWaitedFor && this.shares.mayTake(tenantId, endpointId, amount);
  }

  take({ tenantId, endpointId }: Sharer, amount: number): void {
    this.shares.take(tenantId, endpointId, amount);
  }

  giveBack({ tenantId, endpointId }: Sharer, amount: number): void {
    this.shares.giveBack(tenantId, endpointId, amount);
    this.lookSoon();
  }

  /** Calls `ready` later, once, when so much may be taken: it has the moment of the call to take it. Whoever waits under this key keeps its place. */
  wait(key: string | object, of: Sharer, amount: number, ready: () => void): void {
    const waiter = this.waiting.get(key);
    if (waiter) {
      Object.assign(waiter, { of, amount, ready });
    } else {
      this.arrivals += 1;
      this.waiting.set(key, { of, amount, ready, number: this.arrivals });
    }
    if (this.onlyLacksRoom(of, amount)) this.roomIsWaitedFor = true;
    this.lookSoon();
  }

  forget(key: string | object): void {
    if (this.waiting.delete(key)) this.lookSoon();
  }

  /** Once for everything that ends in this turn of the event loop: looking costs a step for each that waits aside. */
  private lookSoon(): void {
    if (this.waiting.size === 0) this.roomIsWaitedFor = false;
    if (this.looking || this.waiting.size === 0) return;
    this.looking = true;
    setImmediate(() => {
      this.looking = false;
      this.look();
    });
  }

  private look(): void {
    let roomIsWaitedFor = false;
    const last = this.arrivals;
    for (const [key, { of, amount, ready, number }] of this.waiting) {
      // Joined during this look: it has its own.
      if (number > last) break;
      if (this.shares.mayTake(of.tenantId, of.endpointId, amount)) {
        this.waiting.delete(key);
        this.roomIsWaitedFor = false;
        ready();
        // Somebody joined meanwhile: behind those that are still to be looked at.
        roomIsWaitedFor ||= this.roomIsWaitedFor;
      } else if (this.onlyLacksRoom(of, amount)) {
        roomIsWaitedFor = true;
        break;
      }
    }
    this.roomIsWaitedFor = roomIsWaitedFor;
  }

  private onlyLacksRoom({ tenantId, endpointId }: Sharer, amount: number): boolean {
    return amount > this.shares.free && !this.shares.isExhausted(tenantId, endpointId, amount);
  }
}
