import { HeaviestFirst } from './heaviest-first.js';
import { SlotKind, waitingPlace } from './slot-place.js';
import type { SlotPlace, SlotUser } from './slot-place.js';

export type { SlotUser } from './slot-place.js';

/** While healthy lanes wait, failing ones get at most this part of the slots; while only failing ones wait, all but the reserve. */
const FAILING_SHARE = 1 / 2;
const RESERVE = 1 / 8;

/**
 * The slots of a process, shared by tenant first, then by lane. Nobody is ever interrupted: when somebody waits and no slot is free, holders
 * that have nothing to do are asked to yield at once, those past their time slice at a tick, first of the tenant that holds the most.
 */
export class LaneSlots {
  private readonly places = new Map<SlotUser, SlotPlace>();
  private readonly holders = new Set<SlotPlace>();
  private readonly healthy = new SlotKind();
  private readonly failing = new SlotKind();
  /** Slots of each tenant that nobody asked back. */
  private readonly weights = new Map<string, number>();
  private readonly failingAtMost: { amongHealthy: number; alone: number };
  private failingIsNext = false;
  private working = false;
  private round = 0;
  /** Blocked as soon as they got their slot: to be asked from the next call on, so that two such lanes cannot pass one slot round for ever. */
  private blockedAtOnce: SlotPlace[] = [];

  constructor(
    private readonly capacity: number,
    private readonly sliceMs: number,
    private readonly monotonic: () => number,
  ) {
    const reserve = capacity > 1 ? Math.max(1, Math.floor(capacity * RESERVE)) : 0;
    this.failingAtMost = { amongHealthy: Math.max(1, Math.floor(capacity * FAILING_SHARE)), alone: capacity - reserve };
  }

  get held(): number {
    return this.holders.size;
  }

  get waiting(): number {
    return this.healthy.waiting.length + this.failing.waiting.length;
  }

  get othersWait(): boolean {
    return this.waiting > 0;
  }

  /** Wants a slot, which may come at once. Whoever waits or holds one already stays as it is. */
  request(user: SlotUser): void {
    if (this.places.has(user)) return;
    const place = waitingPlace(user);
    this.places.set(user, place);
    this.kindOf(place).waiting.join(place);
    this.work();
  }

  /** Gives up the slot, or the place in the waiting line. */
  leave(user: SlotUser): void {
    const place = this.places.get(user);
    if (!place) return;
    this.places.delete(user);
    if (place.heldSince === null) this.kindOf(place).waiting.leave(place);
    else this.takeBack(place);
    this.work();
  }

  /** The holder has nothing to do until something ends: the first to be asked when others wait. */
  blocked(user: SlotUser): void {
    const place = this.places.get(user);
    if (typeof place?.heldSince !== 'number' || place.blocked) return;
    place.blocked = true;
    if (this.working && place.round === this.round) this.blockedAtOnce.push(place);
    else this.offer(place);
    this.work();
  }

  /** The holder works again. */
  moving(user: SlotUser): void {
    const place = this.places.get(user);
    if (!place?.blocked) return;
    place.blocked = false;
    this.kindOf(place).blocked.leave(place);
  }

  /** A few times a second: asks holders past their slice, and counts no longer on those that were asked a slice ago. */
  tick(): void {
    const now = this.monotonic();
    for (const kind of [this.healthy, this.failing]) kind.past = new HeaviestFirst();
    for (const place of this.holders) {
      if (place.askedAt !== null) this.giveUpOn(place, now);
      else if (place.heldSince !== null && now - place.heldSince >= this.sliceMs) {
        this.kindOf(place).past.join(place, this.weightOf(place.tenantId));
      }
    }
    this.work();
    while (this.askOneOf('past'));
  }

  /** Everything that is to be done now, one after the other: what a user answers from inside its callback is done here and not in there. */
  private work(): void {
    if (this.working) return;
    this.working = true;
    this.round += 1;
    try {
      while (this.grantOne() || this.askOneOf('blocked'));
    } finally {
      this.working = false;
      for (const place of this.blockedAtOnce.splice(0)) this.offer(place);
    }
  }

  private grantOne(): boolean {
    const place = this.held < this.capacity ? this.nextKind()?.waiting.next() : undefined;
    if (!place) return false;
    place.heldSince = this.monotonic();
    place.round = this.round;
    this.holders.add(place);
    this.kindOf(place).held += 1;
    this.weigh(place.tenantId, 1);
    place.user.onSlot();
    return true;
  }

  /** Healthy and failing ones in turn, as long as the failing ones are within their share. */
  private nextKind(): SlotKind | undefined {
    const mayFail = this.failing.waiting.length > 0 && this.failing.held < this.failingLimit;
    if (this.healthy.waiting.length === 0) return mayFail ? this.failing : undefined;
    if (!mayFail) return this.healthy;
    this.failingIsNext = !this.failingIsNext;
    return this.failingIsNext ? this.healthy : this.failing;
  }

  private askOneOf(list: 'blocked' | 'past'): boolean {
    const place = this.choose(list);
    if (!place) return false;
    const kind = this.kindOf(place);
    kind.spare(place);
    kind.asked += 1;
    place.askedAt = this.monotonic();
    this.weigh(place.tenantId, -1);
    place.user.onYield();
    return true;
  }

  /** Above their share the failing ones are asked first, else those of the tenant that holds the most. */
  private choose(list: 'blocked' | 'past'): SlotPlace | undefined {
    const failing = this.yieldsWanted(this.failing) > 0 ? this.failing[list].first() : undefined;
    const healthy = this.yieldsWanted(this.healthy) > 0 ? this.healthy[list].first() : undefined;
    if (!failing || !healthy) return failing ?? healthy;
    if (this.failing.held - this.failing.asked > this.failingLimit) return failing;
    return this.weightOf(failing.tenantId) > this.weightOf(healthy.tenantId) ? failing : healthy;
  }

  /** How many more holders of this kind to ask: no more than wait for what they give up. What a healthy one leaves helps no failing one above its share. */
  private yieldsWanted(kind: SlotKind): number {
    const places = kind === this.failing ? Infinity : Math.max(0, this.failingLimit - this.failing.held);
    const helped = this.healthy.waiting.length + Math.min(this.failing.waiting.length, places);
    return helped - this.healthy.asked - this.failing.asked;
  }

  private get failingLimit(): number {
    return this.healthy.waiting.length > 0 ? this.failingAtMost.amongHealthy : this.failingAtMost.alone;
  }

  private offer(place: SlotPlace): void {
    if (!place.blocked || place.askedAt !== null || !this.holders.has(place)) return;
    this.kindOf(place).blocked.join(place, this.weightOf(place.tenantId));
  }

  private giveUpOn(place: SlotPlace, now: number): void {
    if (place.overdue || place.askedAt === null || now - place.askedAt < this.sliceMs) return;
    place.overdue = true;
    this.kindOf(place).asked -= 1;
  }

  private takeBack(place: SlotPlace): void {
    const kind = this.kindOf(place);
    this.holders.delete(place);
    kind.spare(place);
    kind.held -= 1;
    if (place.askedAt === null) this.weigh(place.tenantId, -1);
    else if (!place.overdue) kind.asked -= 1;
  }

  private kindOf(place: SlotPlace): SlotKind {
    return place.isFailing ? this.failing : this.healthy;
  }

  private weightOf(tenantId: string): number {
    return this.weights.get(tenantId) ?? 0;
  }

  private weigh(tenantId: string, by: number): void {
    const weight = this.weightOf(tenantId) + by;
    if (weight > 0) this.weights.set(tenantId, weight);
    else this.weights.delete(tenantId);
    for (const kind of [this.healthy, this.failing]) {
      kind.blocked.weigh(tenantId, weight);
      kind.past.weigh(tenantId, weight);
    }
  }
}
