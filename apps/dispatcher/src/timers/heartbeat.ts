import { shareLanes } from '#core';
import type { HoldLanes } from '#delivery';
import type { LaneHosting } from '#lanes';
import type { LiveDispatchers } from '#persistence';

/** How a dispatcher is heard of, and what it hears of the others. */
export interface DispatcherPresence {
  /** How busy it was since this was asked last, 0 to 1. */
  busy(): number;
  beat(lanes: number, busy: number): Promise<LiveDispatchers>;
  /** So many live, this one among them. */
  heard(live: number): void;
  remove(): Promise<void>;
}

/**
 * Says that this dispatcher lives and keeps it to its share of the lanes: above it, it fetches nothing and hands lanes over. One that could not
 * take any (its clock is wrong, its queue is away, it stops) is not counted, or the others would leave its share to nobody.
 */
export class Heartbeat {
  private left = false;
  /** Others may count this dispatcher. */
  private isPresent = false;
  private beating: Promise<void> = Promise.resolve();

  constructor(
    private readonly lanes: Pick<HoldLanes, 'staying' | 'handOver'>,
    private readonly hosting: Pick<LaneHosting, 'hold' | 'resume' | 'isAble'>,
    private readonly presence: DispatcherPresence,
  ) {}

  /** One beat. Throws the database's error: it then fetches, since it knows of nobody who would do it instead. */
  async round(): Promise<void> {
    if (this.left) return;
    const round = this.hosting.isAble ? this.beat() : this.withdraw();
    this.beating = round.catch(() => undefined);
    try {
      await round;
    } catch (error) {
      this.hosting.resume('share');
      throw error;
    }
  }

  /** Is not heard of any more, and the others share its lanes from their next beat on. */
  async leave(): Promise<void> {
    this.left = true;
    await this.beating;
    await this.presence.remove();
  }

  private async beat(): Promise<void> {
    const busy = this.presence.busy();
    this.isPresent = true;
    const { live, lanes, leastBusy } = await this.presence.beat(this.lanes.staying, busy);
    this.presence.heard(live);
    if (this.left) return;
    const { fetch, handOver } = shareLanes({ own: this.lanes.staying, total: lanes, live, busy, leastBusy });
    if (fetch) this.hosting.resume('share');
    else this.hosting.hold('share');
    if (handOver > 0) this.lanes.handOver(handOver);
  }

  private async withdraw(): Promise<void> {
    this.hosting.resume('share');
    if (!this.isPresent) return;
    await this.presence.remove();
    this.isPresent = false;
  }
}
