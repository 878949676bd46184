/** What is kept of a window between two holders. */
export interface StoredWindow {
  size: number;
  /** Up to here it doubles, from here on it grows by one; null = nothing was lost yet. */
  threshold: number | null;
  /** What was in use before the losses that are going on; absent = none are. */
  peak?: number;
}

/** Below this a threshold would forbid doubling altogether. */
const LEAST_THRESHOLD = 2;

/**
 * How many requests may be in flight, as a sender without knowledge of the receiver must find out (RFC 5681: slow start, additive increase,
 * multiplicative decrease). Up to the threshold it grows by one with each success, so it doubles with each window of them, then by one a window;
 * it grows only while it is used, is halved at most once a window of requests, and never exceeds the cap. Doubling in one step at the end of a
 * window instead sent a whole window more at once: at an endpoint that refuses what it cannot take, enough losses in a row for the breaker.
 */
export class AdaptiveWindow {
  private current: number;
  private threshold: number;
  /** Before the losses that are going on now. */
  private peak: number;
  private losing: boolean;
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
    this.losing = stored?.peak !== undefined;
    this.peak = stored?.peak ?? this.current;
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
    const slowStart = this.current < this.threshold;
    if (this.successes < this.current && !(slowStart && this.used)) return;
    if (this.used) this.current = clamp(this.current + 1, this.cap);
    this.newRound();
  }

  /** True: it was halved. */
  lost(ticket: number): boolean {
    this.noteLosing();
    if (ticket <= this.decreasedAt) return false;
    this.decrease(this.current / 2);
    return true;
  }

  /** The receiver asked for less: one at a time. */
  throttled(ticket: number): void {
    this.noteLosing();
    if (ticket > this.decreasedAt) this.decrease(1, this.current / 2);
    else {
      this.current = 1;
      this.newRound();
    }
  }

  /** The breaker opened: afterwards it begins with one, and doubles up to half of what was in use before. */
  collapse(): void {
    this.decrease(1, (this.losing ? this.peak : this.current) / 2);
  }

  /** Null: as a lane nobody knows begins. */
  stored(initial: number): StoredWindow | null {
    if (this.current === clamp(initial, this.cap) && this.threshold === Infinity) return null;
    const threshold = this.threshold === Infinity ? null : this.threshold;
    return { size: this.current, threshold, ...(this.losing ? { peak: this.peak } : {}) };
  }

  private noteLosing(): void {
    if (!this.losing) this.peak = this.current;
    this.losing = true;
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
