import { ProblemError } from '#core';
import type { PublishRequest } from './prepare-publish.js';

/** What is being stored or waits for it, so that neither grows without bound. */
export class Backlog {
  private rows = 0;
  private bytes = 0;

  constructor(private readonly limits: { queueRows: number; queueBytes: number }) {}

  /** Counts the request until the returned function is called. Throws `overloaded` when it does not fit. */
  enter({ events }: PublishRequest): () => void {
    const bytes = events.reduce((sum, event) => sum + event.payload.length, 0);
    if (this.rows + events.length > this.limits.queueRows || this.bytes + bytes > this.limits.queueBytes) {
      throw new ProblemError('overloaded', { detail: 'Too much is waiting to be stored', retryAfterSeconds: 1 });
    }
    this.rows += events.length;
    this.bytes += bytes;
    return () => {
      this.rows -= events.length;
      this.bytes -= bytes;
    };
  }
}
