import { openWorker } from './queue-backend.js';
import type { OpenWorker, QueueSettings, WakeJob } from './queue-backend.js';

export interface HostSettings extends QueueSettings {
  /** Lanes worked at once by this process. */
  concurrency: number;
  lockDurationMs: number;
  stalledIntervalMs: number;
}

export interface WakeHandler {
  /** Works the lane; resolves when it needs its slot no longer. */
  lane(endpointId: string): Promise<void>;
  fanOut(eventId: string): Promise<void>;
}

/** Why a process fetches nothing: its clock is wrong, it has more than its share of the lanes, it is about to end. */
export type HoldReason = 'skew' | 'share' | 'stopping';

const ERRORS_TOLERATED = 5;
const WITHIN_MS = 1_000;
const PROBE_EVERY_MS = 1_000;

/**
 * Fetches wakes and hands them over. A BullMQ worker whose Postgres is unreachable or unmigrated asks again without a pause and floods the log
 * (seen to happen), so after a few errors in a row fetching stops until the backend answers a probe.
 */
export class LaneHosting {
  private readonly open: OpenWorker;
  private errors: number[] = [];
  private probing: NodeJS.Timeout | null = null;
  private readonly reasons = new Set<HoldReason>();
  /** The backend did not answer last time, or answered with errors. */
  private away = false;
  private closed = false;

  constructor(
    settings: HostSettings,
    private readonly handler: WakeHandler,
    private readonly ping: () => Promise<void>,
    private readonly onError: (error: Error) => void,
  ) {
    this.open = openWorker(
      settings,
      (job) => this.process(job),
      (error) => {
        this.onError(error);
        this.countError();
      },
    );
  }

  /** Begins fetching, once the backend answers. */
  start(): void {
    this.probe();
  }

  /** Fetches nothing more until every reason to hold is gone; what is being worked goes on. */
  hold(reason: HoldReason): void {
    if (this.reasons.has(reason)) return;
    this.reasons.add(reason);
    this.pause();
  }

  /** This reason is gone. */
  resume(reason: HoldReason): void {
    if (this.reasons.delete(reason)) this.probe();
  }

  /** Whether this process could take lanes if it took its part: nothing but its share keeps it from fetching. */
  get isAble(): boolean {
    const others = [...this.reasons].filter((reason) => reason !== 'share');
    return !this.closed && !this.away && others.length === 0;
  }

  /** True while wakes are fetched. */
  get fetching(): boolean {
    return this.open.worker.isRunning() && !this.open.worker.isPaused();
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.probing) clearTimeout(this.probing);
    await this.open.close();
  }

  /** Never throws: a failed job would be counted against the lane, and there is nobody to retry it but the next wake. */
  private async process(job: WakeJob): Promise<void> {
    try {
      await (job.name === 'fan-out' ? this.handler.fanOut(job.data.id) : this.handler.lane(job.data.id));
    } catch (error) {
      this.onError(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private countError(): void {
    const now = performance.now();
    this.errors = [...this.errors.filter((at) => now - at < WITHIN_MS), now];
    if (this.errors.length < ERRORS_TOLERATED || this.probing || this.closed) return;
    this.errors = [];
    this.away = true;
    this.pause();
    this.probeLater();
  }

  private pause(): void {
    this.open.worker.pause(true).catch((error: unknown) => {
      this.onError(error instanceof Error ? error : new Error(String(error)));
    });
  }

  private probe(): void {
    if (this.closed || this.reasons.size > 0) return;
    this.ping().then(
      () => {
        this.away = false;
        this.fetch();
      },
      (error: unknown) => {
        this.onError(error instanceof Error ? error : new Error(String(error)));
        this.away = true;
        this.probeLater();
      },
    );
  }

  private probeLater(): void {
    if (this.closed || this.probing) return;
    this.probing = setTimeout(() => {
      this.probing = null;
      this.probe();
    }, PROBE_EVERY_MS);
  }

  private fetch(): void {
    if (this.closed || this.reasons.size > 0) return;
    const { worker } = this.open;
    const started = worker.isPaused() ? worker.resume() : worker.isRunning() ? Promise.resolve() : worker.run();
    Promise.resolve(started).catch((error: unknown) => {
      this.onError(error instanceof Error ? error : new Error(String(error)));
    });
  }
}
