import { SECOND } from '#core';
import type { Reply } from './endpoint.js';
import type { Scenario } from './scenario.js';

/** What a sender did in a scenario. Milliseconds. */
export interface Figures {
  readonly requests: number;
  readonly requestsWhileDown: number;
  /** Sent although the endpoint had asked, in an answer that had arrived, to be left alone until later. */
  readonly requestsInRetryAfter: number;
  /** Requests that delivered nothing. */
  readonly wasted: number;
  readonly delivered: number;
  readonly expired: number;
  readonly peakInFlight: number;
  /** From publishing to the 2xx. */
  readonly p50: number;
  readonly p99: number;
  /** From the end of the trouble until everything published before it was settled. */
  readonly drain: number;
  /** The longest time without a request. */
  readonly longestGap: number;
}

/** Watches one sender. */
export class Measurements {
  private requests = 0;
  private requestsWhileDown = 0;
  private requestsInRetryAfter = 0;
  private delivered = 0;
  private expired = 0;
  private inFlight = 0;
  private peakInFlight = 0;
  private readonly times: number[] = [];
  private lastRequestAt = 0;
  private longestGap = 0;
  private leftAloneUntil = -Infinity;
  private drainedAt = 0;

  constructor(private readonly scenario: Scenario) {}

  sent(now: number): void {
    this.requests += 1;
    if (this.scenario.isDown(now)) this.requestsWhileDown += 1;
    if (now < this.leftAloneUntil) this.requestsInRetryAfter += 1;
    this.inFlight += 1;
    this.peakInFlight = Math.max(this.peakInFlight, this.inFlight);
    this.longestGap = Math.max(this.longestGap, now - this.lastRequestAt);
    this.lastRequestAt = now;
  }

  answered({ retryAfter }: Reply, now: number): void {
    this.inFlight -= 1;
    if (retryAfter !== undefined)
      this.leftAloneUntil = Math.max(this.leftAloneUntil, now + Number(retryAfter) * SECOND);
  }

  deliveredOne(publishedAt: number, now: number): void {
    this.delivered += 1;
    this.times.push(now - publishedAt);
    this.settledOne(publishedAt, now);
  }

  expiredOne(publishedAt: number, now: number): void {
    this.expired += 1;
    this.settledOne(publishedAt, now);
  }

  figures(): Figures {
    const { requests, requestsWhileDown, requestsInRetryAfter, delivered, expired, peakInFlight, longestGap } = this;
    const times = Float64Array.from(this.times).sort();
    return {
      ...{ requests, requestsWhileDown, requestsInRetryAfter, delivered, expired, peakInFlight, longestGap },
      wasted: requests - delivered,
      p50: quantile(times, 0.5),
      p99: quantile(times, 0.99),
      drain: Math.max(0, this.drainedAt - this.scenario.calmFrom),
    };
  }

  private settledOne(publishedAt: number, now: number): void {
    if (publishedAt < this.scenario.calmFrom) this.drainedAt = now;
  }
}

function quantile(sorted: Float64Array, part: number): number {
  return sorted[Math.ceil(part * sorted.length) - 1] ?? NaN;
}
