import { SECOND } from '../units.js';

/** Tokens may pile up for this long: a timer is no more exact, and a fast endpoint would never get its full rate without. */
const SAVED_MS = 100;

/**
 * A token bucket in its virtual-scheduling form (GCRA, ITU-T I.371): all it remembers is when the next token would be due if every one before
 * had been taken on time. At 5/s there is a token every 200 ms and none is saved; at 1,000/s up to 100 are.
 */
export class RateLimit {
  private interval = 0;
  private tolerance = 0;

  constructor(
    perSecond: number | null,
    private due = -Infinity,
  ) {
    this.setRate(perSecond);
  }

  /** Null: no limit. */
  setRate(perSecond: number | null): void {
    this.interval = perSecond === null ? 0 : SECOND / perSecond;
    this.tolerance = this.interval * (this.burst - 1);
  }

  /** How many may go at once after a while of silence. */
  get burst(): number {
    return this.interval === 0 ? Infinity : Math.max(1, Math.floor(SAVED_MS / this.interval));
  }

  /** When a token is there, ms; long ago = now. */
  availableAt(): number {
    return this.interval === 0 ? -Infinity : this.due - this.tolerance;
  }

  /** Takes one if there is one. */
  take(now: number): boolean {
    if (this.interval === 0) return true;
    if (now < this.availableAt()) return false;
    this.due = Math.max(this.due, now) + this.interval;
    return true;
  }

  /** Null: a token is there anyway. */
  stored(now: number): number | null {
    return this.interval > 0 && this.due > now ? this.due : null;
  }
}
