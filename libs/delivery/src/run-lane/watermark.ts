/** How long the oldest must have been due before there is a backlog, and how often its watermark is looked at, as a part of the time allowed. */
const LOOKS = 4;
/** A fresh queue longer than this is no queue that anybody is at the head of soon. */
const MOST_FRESH = 20_000;

/**
 * Keeps fresh events from waiting behind a backlog. What was due before the watermark is backlog, what came after is fresh, and each has half of
 * the window. The fresh queue is never longer than what half of the lane gets rid of within the time allowed: when it grows past that, the
 * watermark jumps ahead to its last so many. So a new event waits about that long, unless more arrive than half of the lane can take.
 */
export class BacklogWatch {
  private ended = 0;
  private since: number;

  constructor(
    private readonly withinMs: number,
    now: number,
  ) {
    this.since = now;
  }

  /** A delivery of the lane came to an end. */
  settled(): void {
    this.ended += 1;
  }

  /**
   * A claim brought as many as it asked for, the oldest due then: how many of the newest are to be fresh (`atLeast` so many) if there are
   * more. Null: not now.
   * Times in milliseconds.
   */
  wanted(oldestDueAt: number, atLeast: number, now: number): number | null {
    const everyMs = this.withinMs / LOOKS;
    if (now - oldestDueAt < everyMs || now - this.since < everyMs) return null;
    const perMs = this.ended / (now - this.since);
    this.ended = 0;
    this.since = now;
    return Math.min(MOST_FRESH, Math.max(atLeast, Math.ceil((perMs * this.withinMs) / 2)));
  }
}
