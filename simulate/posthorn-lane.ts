import { DEFAULT_FLOW_SETTINGS, FlowControl, judgeOutcome } from '#core';
import type { FlowTicket } from '#core';
import { Deliveries } from './deliveries.js';
import { resultOf, TIMEOUT_MS } from './endpoint.js';
import type { Reply } from './endpoint.js';
import type { Sender, SenderWorld } from './sender.js';

/**
 * One lane by Posthorn's own rules: flow control, the meaning of responses, the retry schedule. Of the real lane it leaves out what takes no
 * part in them: leases, claims and settlements take no time, and what is due first goes first (a real lane keeps half of its window for
 * fresh events once a backlog has formed).
 */
export class PosthornLane implements Sender {
  private readonly flow: FlowControl;
  private readonly deliveries: Deliveries;
  private inFlight = 0;
  private looksAgainAt = Infinity;

  constructor(private readonly world: SenderWorld) {
    const { measurements, random, concurrency, time } = world;
    const subject = { concurrency, ratePerSecond: null, resumedAt: null, movedAt: null };
    this.flow = new FlowControl(DEFAULT_FLOW_SETTINGS, subject, null, time.now);
    this.deliveries = new Deliveries(measurements, random);
  }

  publish(): void {
    this.deliveries.publish(this.world.time.now);
    this.pump();
  }

  private pump(): void {
    const { now } = this.world.time;
    while (this.deliveries.nextAt <= now && this.flow.mayBegin(now, this.inFlight, 0)) this.send();
    this.lookAgain(Math.max(this.deliveries.nextAt, this.flow.notBefore()));
  }

  /** Earlier than now: it is an answer that is waited for, not a time. */
  private lookAgain(at: number): void {
    const { time } = this.world;
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
    const ticket = this.flow.began(this.inFlight);
    if (!this.flow.mayWrite(time.now, ticket)) throw new Error('What may begin may be written, when no time passes');
    const sentAt = time.now;
    measurements.sent(sentAt);
    const reply = endpoint.receive(sentAt);
    time.at(sentAt + Math.min(reply.afterMs, TIMEOUT_MS), () => this.answered(delivery, ticket, reply, sentAt));
  }

  private answered(delivery: number, ticket: FlowTicket, reply: Reply, sentAt: number): void {
    const { time, measurements, random } = this.world;
    this.inFlight -= 1;
    measurements.answered(reply, time.now);
    const result = resultOf(reply, sentAt);
    const outcome = judgeOutcome(result, time.now);
    this.flow.ended(ticket, outcome, result.durationMs, time.now, random());
    if (outcome.delivery === 'delivered') this.deliveries.delivered(delivery, time.now);
    else this.deliveries.failed(delivery, { advances: outcome.advances, notBefore: outcome.retryAfterUntil }, time.now);
    this.pump();
  }
}
