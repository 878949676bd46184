import type { Side } from './hands.js';

/** A wake does not reach a lane that is being worked: while it sends what replays made, it looks for something live this often. */
const LIVE_LOOK_MS = 100;

/** Whether the last claim brought everything that is due and may be sent, of each of the lane's two lines. */
export class Drained {
  private liveLine = false;
  private replayedLine = false;
  private lookedAt = -Infinity;

  constructor(private readonly monotonic: () => number) {}

  get all(): boolean {
    return this.liveLine && this.replayedLine;
  }

  /** Nothing live waits, as of a moment ago: only then may what replays made be sent. */
  get letsReplay(): boolean {
    return this.liveLine && this.monotonic() - this.lookedAt < LIVE_LOOK_MS;
  }

  /** Somebody says that there is something to do, or something was put back. */
  lookAgain(): void {
    this.liveLine = false;
    this.replayedLine = false;
  }

  /** `askedAt`, monotonic: when the claim was sent. */
  claimed({ allLive, allReplayed }: { allLive: boolean; allReplayed: boolean }, askedAt: number): void {
    this.liveLine = allLive;
    this.replayedLine = allLive && allReplayed;
    this.lookedAt = askedAt;
  }

  /** Whether a claim may bring something that there is room for. However much of a replay is at hand, it keeps nothing live away. */
  wantsMore(buffered: Readonly<Record<Side, number>>, window: number): boolean {
    const live = buffered.backlog + buffered.fresh;
    if (!this.liveLine || (buffered.replayed > 0 && !this.letsReplay)) return live < window;
    return !this.replayedLine && live + buffered.replayed < window;
  }
}
