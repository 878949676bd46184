/** What is kept of a window between two holders. */
export interface StoredWindow {
  size: number;
  /** Up to here it doubles, from here on it grows by one; null = nothing was lost yet. */
  threshold: number | null;
}

/** Below this a threshold would forbid doubling altogether. */
const LEAST_THRESHOLD = 2;

/**
 * How many requests may be in flight, as a sender without knowledge of the receiver must find out (RFC 5681: slow start, additive increase,
 * multiplicative decrease). It doubles with each full window of successes up to the threshold, then grows by one a window; it grows only while
 * it is used, is halved at most once a window of requests, and never exceeds the cap.
 */
export class AdaptiveWindow {
  private current: number;
  private threshold: number;
  /** Before the losses that are going on now. */
  private peak: number;
  private losing = false;
  private successes = 0;
  /** All of it was in flight since it last grew. */
  private used = false;
  private nextTicket = 0;
  /** Requests begun before the last decrease say nothing about the window after it. */
  private decreasedAt = 0;

  constructor(
    initial: number,
    private cap: number,
    stored: StoredWindow | null,
  ) {
    this.current = clamp(stored?.size ?? initial, cap);
    this.threshold = stored?.threshold ?? Infinity;
    this.peak = this.current;
  }

  get size(): number {
    return this.current;
  }

  setCap(cap: number): void {
    this.cap = cap;
    this.current = clamp(this.current, cap);
  }

  /** A request begins; `inFlight` counts it too. The ticket goes with its outcome. */
  started(inFlight: number): number {
    if (inFlight >= this.current) this.used = true;
    this.nextTicket += 1;
    return this.nextTicket;
  }

  succeeded(): void {
    this.losing = false;
    this.successes += 1;
    if (this.successes < this.current) return;
    if (this.used) this.grow();
    this.newRound();
  }

  /** True: it was halved. */
  lost(ticket: number): boolean {
    if (!this.losing) this.peak = this.current;
    this.losing = true;
    if (ticket <= this.decreasedAt) return false;
    this.decrease(this.current / 2);
    return true;
  }

  /** The receiver asked for less: one at a time. */
  throttled(ticket: number): void {
    if (ticket > this.decreasedAt) this.decrease(1, this.current / 2);
    else this.current = 1;
  }

  /** The breaker opened: afterwards it begins with one, and doubles up to half of what was in use before. */
  collapse(): void {
    this.decrease(1, (this.losing ? this.peak : this.current) / 2);
  }

  /** Null: as a lane nobody knows begins. */
  stored(initial: number): StoredWindow | null {
    if (this.current === clamp(initial, this.cap) && this.threshold === Infinity) return null;
    return { size: this.current, threshold: this.threshold === Infinity ? null : this.threshold };
  }

  private grow(): void {
    const grown = this.current < this.threshold ? Math.min(this.current * 2, this.threshold) : this.current + 1;
    this.current = clamp(grown, this.cap);
  }

  private decrease(size: number, threshold = size): void {
    this.current = clamp(size, this.cap);
    this.threshold = Math.max(LEAST_THRESHOLD, Math.floor(threshold));
    this.decreasedAt = this.nextTicket;
    this.newRound();
  }

  private newRound(): void {
    this.successes = 0;
    this.used = false;
  }
}

const clamp = (size: number, cap: number): number => Math.max(1, Math.min(cap, Math.floor(size)));
