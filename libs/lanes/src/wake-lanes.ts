import { laneWake, openQueue, WAKE } from './queue-backend.js';
import type { OpenQueue, QueueSettings, WakeData, WakeKind } from './queue-backend.js';
import { RewakePace } from './rewake-pace.js';
import { waitAtMost } from './wait-at-most.js';
import type { JobsOptions } from 'bullmq';

/** Wakes for the same lane within this time are one. */
const MERGE_MS = 5;
/** More than this many lanes waiting to be woken are left to the sweep. */
const WAITING_AT_MOST = 50_000;
const ADDED_AT_ONCE = 500;
/** The last wakes are dropped when the queue does not take them within this. */
const LAST_FLUSH_MS = 500;

interface Wake {
  name: WakeKind;
  data: WakeData;
  opts: JobsOptions;
}

/**
 * Says "look at this lane". Never awaited and never throws: a wake that is lost costs time (at most until the next sweep), never an event.
 */
export class LaneWaker {
  private lanes = new Set<string>();
  private fanOuts = new Set<string>();
  private readonly pace = new RewakePace();
  private timer: NodeJS.Timeout | null = null;
  private flushing: Promise<void> | null = null;
  private closed = false;

  private constructor(
    private readonly open: OpenQueue,
    private readonly onError: (error: Error) => void,
  ) {}

  static open(settings: QueueSettings, onError: (error: Error) => void): LaneWaker {
    return new LaneWaker(openQueue(settings, onError), onError);
  }

  /** Wakes the lanes of these endpoints within a few milliseconds. */
  wake(endpointIds: Iterable<string>): void {
    for (const endpointId of endpointIds) if (this.lanes.size < WAITING_AT_MOST) this.lanes.add(endpointId);
    this.schedule();
  }

  /** One job for an event with very many deliveries: a dispatcher expands it into the wakes. */
  wakeFanOut(eventId: string): void {
    if (this.fanOuts.size < WAITING_AT_MOST) this.fanOuts.add(eventId);
    this.schedule();
  }

  /** Resolves when the queue's backend answers; rejects when it is away. For readiness only: publishing goes on without it. */
  async ping(): Promise<void> {
    await this.open.ping();
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.timer) clearTimeout(this.timer);
    await waitAtMost(LAST_FLUSH_MS, this.flushEverything());
    await this.open.close();
  }

  /** Also what would wait for its pace: nobody is here to send it later. */
  private async flushEverything(): Promise<void> {
    await this.flushing;
    await this.flush({ go: [...this.lanes], later: [] });
  }

  private schedule(): void {
    if (this.timer || this.flushing || this.closed || (this.lanes.size === 0 && this.fanOuts.size === 0)) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.flushing = this.flush().finally(() => {
        this.flushing = null;
        this.schedule();
      });
    }, MERGE_MS);
  }

  private async flush({ go, later } = this.pace.split(this.lanes, performance.now())): Promise<void> {
    this.lanes = new Set(later);
    const wakes: Wake[] = [
      ...go.map((id): Wake => ({ name: 'lane', data: { id }, opts: laneWake(id) })),
      ...[...this.fanOuts].map((id): Wake => ({ name: 'fan-out', data: { id }, opts: WAKE })),
    ];
    this.fanOuts = new Set();
    await this.open.firstTry;
    // Away: these wakes are dropped, the sweep finds their lanes.
    if (this.open.isAway()) return;
    for (let from = 0; from < wakes.length; from += ADDED_AT_ONCE) {
      try {
        await this.open.queue.addBulk(wakes.slice(from, from + ADDED_AT_ONCE));
      } catch (error) {
        this.onError(error instanceof Error ? error : new Error(String(error)));
        return;
      }
    }
  }
}
