const AT_FIRST = 1;
/** A receiver that has not answered by then is slow, and no reason to keep the others waiting. */
const PATIENCE_MS = 2_000;

/**
 * How many requests a lane that was just opened may have on the wire, whatever its window: one, doubling each time that many were answered, and
 * as many as the window allows once an answer is late. Sending a whole window at once would open a connection for each, though the first few
 * could carry them all: over 5,000 endpoints with eight events each that was 36,000 connections instead of 16,000, and with slow start alone (a
 * window of two, one more with each success) 33,000. Times in milliseconds.
 */
export class Ramp {
  private open = AT_FIRST;
  private answers = 0;
  private begunAt: number | null = null;

  /** How many there may be now. */
  limit(now: number): number {
    return this.begunAt !== null && now - this.begunAt >= PATIENCE_MS ? Infinity : this.open;
  }

  /** When it lets everything go; null: it does, or nothing has begun. */
  get endsAt(): number | null {
    return this.begunAt === null ? null : this.begunAt + PATIENCE_MS;
  }

  began(now: number): void {
    this.begunAt ??= now;
  }

  answered(): void {
    this.answers += 1;
    if (this.answers < this.open) return;
    this.answers = 0;
    this.open *= 2;
  }
}
