import type { LaneSlots, SlotUser } from './lane-slots.js';

/** What a lane has of a work slot: none, a place in the waiting line, or the slot. */
export class SlotHold {
  private state: 'none' | 'asked' | 'held' | 'yielding' = 'none';
  private waiting: (() => void)[] = [];

  constructor(
    private readonly slots: LaneSlots,
    private readonly user: SlotUser,
  ) {}

  /** It may claim and begin requests. */
  get isHeld(): boolean {
    return this.state === 'held';
  }

  get isNone(): boolean {
    return this.state === 'none';
  }

  /** Others wait: it is to be left as soon as nothing is under way. */
  get isToBeLeft(): boolean {
    return this.state === 'yielding';
  }

  /** The user hears by `onSlot`, perhaps at once. */
  ask(): void {
    if (this.state !== 'none') return;
    this.state = 'asked';
    this.slots.request(this.user);
  }

  got(): void {
    this.state = 'held';
  }

  yield(): void {
    if (this.state === 'held') this.state = 'yielding';
  }

  /** Whether its holder has something to do now: others get the slots of those that wait first. */
  tell(works: boolean): void {
    if (works) this.slots.moving(this.user);
    else this.slots.blocked(this.user);
  }

  leave(): void {
    if (this.state !== 'none') this.slots.leave(this.user);
    this.state = 'none';
    for (const resolve of this.waiting) resolve();
    this.waiting = [];
  }

  /** Resolves when it is left. */
  left(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
