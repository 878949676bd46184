import { HeaviestFirst } from './heaviest-first.js';
import { TenantRounds } from './tenant-rounds.js';

/** Who needs a slot: the right to claim and begin requests. */
export interface SlotUser {
  readonly tenantId: string;
  /** Works off failures: its share is bounded. Looked at when it asks. */
  readonly isFailing: boolean;
  /** It has its slot. */
  onSlot(): void;
  /** Others wait: it leaves when it can, now or later, and may ask again at once. */
  onYield(): void;
}

/** One user's place: in the waiting line, then among those who hold a slot. */
export interface SlotPlace {
  readonly user: SlotUser;
  readonly tenantId: string;
  readonly isFailing: boolean;
  /** When it got its slot, and in which round; null: it waits. */
  heldSince: number | null;
  round: number;
  blocked: boolean;
  /** When it was asked to yield; null: it was not. */
  askedAt: number | null;
  /** It was asked and takes its time: it is not counted on any more. */
  overdue: boolean;
}

/** The healthy or the failing ones. */
export class SlotKind {
  readonly waiting = new TenantRounds<SlotPlace>();
  /** Holders that were not asked to yield and have nothing to do. */
  readonly blocked = new HeaviestFirst<SlotPlace>();
  /** Holders that were not asked to yield and were past their slice at the last tick. */
  past = new HeaviestFirst<SlotPlace>();
  held = 0;
  /** Of these, asked to yield and expected to do so soon. */
  asked = 0;

  /** It is not to be asked (again). */
  spare(place: SlotPlace): void {
    this.blocked.leave(place);
    this.past.leave(place);
  }
}

/** A place at the end of the waiting line. */
export function waitingPlace(user: SlotUser): SlotPlace {
  const { tenantId, isFailing } = user;
  return { user, tenantId, isFailing, heldSince: null, round: 0, blocked: false, askedAt: null, overdue: false };
}
