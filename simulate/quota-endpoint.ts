import { MINUTE } from '#core';
import type { Reply, SimulatedEndpoint } from './endpoint.js';

/** Takes so many requests in each minute by the clock; those above get a 429 with a Retry-After. */
export class QuotaEndpoint implements SimulatedEndpoint {
  private minute = -1;
  private taken = 0;

  constructor(
    private readonly perMinute: number,
    private readonly retryAfterSeconds: number,
    private readonly serviceMs: number,
  ) {}

  receive(now: number): Reply {
    const minute = Math.floor(now / MINUTE);
    if (minute !== this.minute) this.taken = 0;
    this.minute = minute;
    this.taken += 1;
    if (this.taken <= this.perMinute) return { status: 200, afterMs: this.serviceMs };
    return { status: 429, retryAfter: String(this.retryAfterSeconds), afterMs: this.serviceMs };
  }
}
