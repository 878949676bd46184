import { SECOND } from '#core';
import type { DatabaseClock, HoldLanes } from '#delivery';
import type { LaneHosting } from '#lanes';

/** Receivers refuse a signature 300 s off; a queue on Postgres goes wrong much earlier. */
const SKEW_TOLERATED_MS = 2 * SECOND;

/**
 * Signatures and schedules use the database's time whatever this machine's clock says. Others do not: a worker of a queue on Postgres whose
 * clock is ahead takes healthy lanes for stalled (seen at 10 minutes), and certificates are judged by it. So a process with a wrong clock
 * fetches nothing, hands over what it holds, and is not ready, until its clock is right again.
 */
export class ClockWatch {
  private skewed = false;

  constructor(
    private readonly clock: Pick<DatabaseClock, 'isWithin' | 'skewMs'>,
    private readonly lanes: Pick<HoldLanes, 'staying' | 'handOver'>,
    private readonly hosting: Pick<LaneHosting, 'hold' | 'resume'>,
    private readonly tell: (message: string) => void,
  ) {}

  /** Says so once when the clock goes wrong, and once when it is right again. */
  look(): void {
    const before = this.skewed;
    this.skewed = this.isSkewed();
    if (this.skewed) {
      this.hosting.hold('skew');
      // Also those that a wake on its way has opened meanwhile.
      if (this.lanes.staying > 0) this.lanes.handOver(this.lanes.staying);
      if (!before) this.tell(`${this.sentence()}: it works no lanes until that is right`);
    } else if (before) {
      this.hosting.resume('skew');
      this.tell("this machine's clock is right again: it works lanes");
    }
  }

  /** For a timer. */
  round(): Promise<void> {
    this.look();
    return Promise.resolve();
  }

  /** Throws while the clock is wrong. */
  expectRight(): void {
    if (this.isSkewed()) throw new Error(this.sentence());
  }

  private isSkewed(): boolean {
    return !this.clock.isWithin(SKEW_TOLERATED_MS) || Math.abs(this.clock.skewMs()) > SKEW_TOLERATED_MS;
  }

  private sentence(): string {
    if (!this.clock.isWithin(SKEW_TOLERATED_MS)) return "the database's time is not known well enough";
    const skew = Math.round(this.clock.skewMs());
    return `this machine's clock is ${Math.abs(skew)} ms ${skew > 0 ? 'ahead of' : 'behind'} the database's`;
  }
}
