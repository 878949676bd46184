const AT_FIRST = 1;

/**
 * How many requests a lane that was just opened may have on the wire, whatever its window: one, doubling each time that many were answered.
 * Sending a whole window at once would open a connection for each, though the first few could carry them all: over 5,000 endpoints with eight
 * events each that was 36,000 connections instead of 16,000, and with slow start alone (a window of two, one more with each success) 33,000.
 */
export class Ramp {
  private open = AT_FIRST;
  private answers = 0;

  get limit(): number {
    return this.open;
  }

  answered(): void {
    this.answers += 1;
    if (this.answers < this.open) return;
    this.answers = 0;
    this.open *= 2;
  }
}
