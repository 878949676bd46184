import { judgeOutcome } from '#core';
import { Deliveries } from './deliveries.js';
import { resultOf, TIMEOUT_MS } from './endpoint.js';
import type { Reply } from './endpoint.js';
import type { Sender, SenderWorld } from './sender.js';

/** A pool of workers that scales with its queue, up to this many. */
export const PLAIN_CONCURRENCY = 5_000;

/**
 * What many products do: every event on the same retry schedule, each for itself, by a fixed number of workers. Nothing is learned from an
 * answer: no breaker, no pause, no `Retry-After`, no window.
 */
export class PlainSender implements Sender {
  private readonly deliveries: Deliveries;
  private inFlight = 0;
  private looksAgainAt = Infinity;

  constructor(private readonly world: SenderWorld) {
    this.deliveries = new Deliveries(world.measurements, world.random);
  }

  publish(): void {
    this.deliveries.publish(this.world.time.now);
    this.pump();
  }

  private pump(): void {
    const { time } = this.world;
    while (this.deliveries.nextAt <= time.now && this.inFlight < PLAIN_CONCURRENCY) this.send();
    const at = this.deliveries.nextAt;
    if (at <= time.now || at >= this.looksAgainAt) return;
    this.looksAgainAt = at;
    time.at(at, () => {
      if (this.looksAgainAt === at) this.looksAgainAt = Infinity;
      this.pump();
    });
  }

  private send(): void {
    const { time, endpoint, measurements } = this.world;
    const delivery = this.deliveries.take();
    this.inFlight += 1;
    const sentAt = time.now;
    measurements.sent(sentAt);
    const reply = endpoint.receive(sentAt);
    time.at(sentAt + Math.min(reply.afterMs, TIMEOUT_MS), () => this.answered(delivery, reply, sentAt));
  }

  private answered(delivery: number, reply: Reply, sentAt: number): void {
    const { time, measurements } = this.world;
    this.inFlight -= 1;
    measurements.answered(reply, time.now);
    const outcome = judgeOutcome(resultOf(reply, sentAt), time.now);
    if (outcome.delivery === 'delivered') this.deliveries.delivered(delivery, time.now);
    else this.deliveries.failed(delivery, { advances: true, notBefore: null }, time.now);
    this.pump();
  }
}
