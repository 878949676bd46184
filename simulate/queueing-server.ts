import type { Reply, SimulatedEndpoint } from './endpoint.js';
import { EventQueue } from './event-queue.js';
import type { Random } from './random.js';

/** Refusing costs an overloaded server next to nothing. */
const REFUSES_AFTER_MS = 1;

/**
 * A server as they are: so many workers, each request takes one of them for its service time, a bounded number wait, and when that queue
 * is full the answer is 503. It takes `workers / serviceMs` requests a millisecond; a request's own service time is 50–150 % of that, else
 * all workers would go in step.
 */
export class QueueingServer implements SimulatedEndpoint {
  /** When each worker is free again. */
  private readonly workers = new EventQueue<null>();
  /** When those that wait will be begun. */
  private readonly waiting = new EventQueue<null>();

  constructor(
    workers: number,
    private readonly serviceMs: number,
    private readonly queueLength: number,
    private readonly random: Random,
  ) {
    for (let worker = 0; worker < workers; worker += 1) this.workers.push(-Infinity, null);
  }

  receive(now: number): Reply {
    while (this.waiting.nextAt <= now) this.waiting.pop();
    const begins = Math.max(now, this.workers.nextAt);
    if (begins > now) {
      if (this.waiting.size >= this.queueLength) return { status: 503, afterMs: REFUSES_AFTER_MS };
      this.waiting.push(begins, null);
    }
    const ends = begins + this.serviceMs * (0.5 + this.random());
    this.workers.pop();
    this.workers.push(ends, null);
    return { status: 200, afterMs: ends - now };
  }
}
