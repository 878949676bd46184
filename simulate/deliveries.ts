import { DEFAULT_RETRY_POLICY, nextAttemptAt, SECOND } from '#core';
import { EventQueue } from './event-queue.js';
import type { Measurements } from './measurements.js';
import type { Random } from './random.js';

/** What an attempt that did not deliver means for the schedule. */
export interface Failed {
  readonly advances: boolean;
  readonly notBefore: number | null;
}

/** The deliveries to one endpoint and when each is due, on the retry schedule that every endpoint has by default. */
export class Deliveries {
  private readonly due = new EventQueue<number>();
  private readonly publishedAt: number[] = [];
  private readonly steps: number[] = [];

  constructor(
    private readonly measurements: Measurements,
    private readonly random: Random,
  ) {}

  get nextAt(): number {
    return this.due.nextAt;
  }

  publish(now: number): void {
    this.due.push(now, this.publishedAt.push(now) - 1);
    this.steps.push(0);
  }

  /** The one that is due first leaves the queue until it is `delivered` or `failed`. */
  take(): number {
    const delivery = this.due.pop();
    if (delivery === undefined) throw new RangeError('No delivery is left');
    return delivery;
  }

  delivered(delivery: number, now: number): void {
    this.measurements.deliveredOne(this.publishedAt[delivery] ?? NaN, now);
  }

  failed(delivery: number, { advances, notBefore }: Failed, now: number): void {
    const publishedAt = this.publishedAt[delivery] ?? NaN;
    const step = this.steps[delivery] ?? 0;
    const next = nextAttemptAt({
      policy: DEFAULT_RETRY_POLICY,
      step,
      attemptedAt: now,
      deadline: publishedAt + DEFAULT_RETRY_POLICY.giveUpAfterSeconds * SECOND,
      jitter: this.random(),
      notBefore,
    });
    if (advances) this.steps[delivery] = step + 1;
    if (next) this.due.push(next.at, delivery);
    else this.measurements.expiredOne(publishedAt, now);
  }
}
