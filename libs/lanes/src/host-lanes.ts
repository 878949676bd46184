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
  private held = false;
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

  /** Fetches nothing more until `resume`; what is being worked goes on. */
  hold(): void {
    this.held = true;
    this.pause();
  }

  resume(): void {
    if (!this.held) return;
    this.held = false;
    this.probe();
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
    this.pause();
    this.probing = setTimeout(() => {
      this.probing = null;
      this.probe();
    }, PROBE_EVERY_MS);
  }

  private pause(): void {
    this.open.worker.pause(true).catch((error: unknown) => {
      this.onError(error instanceof Error ? error : new Error(String(error)));
    });
  }

  private probe(): void {
    if (this.closed || this.held) return;
    this.ping().then(
      () => {
        this.fetch();
      },
      (error: unknown) => {
        this.onError(error instanceof Error ? error : new Error(String(error)));
        if (this.closed) return;
        this.probing = setTimeout(() => {
          this.probing = null;
          this.probe();
        }, PROBE_EVERY_MS);
      },
    );
  }

  private fetch(): void {
    if (this.closed || this.held) return;
    const { worker } = this.open;
    const started = worker.isPaused() ? worker.resume() : worker.isRunning() ? Promise.resolve() : worker.run();
    Promise.resolve(started).catch((error: unknown) => {
      this.onError(error instanceof Error ? error : new Error(String(error)));
    });
  }
}
