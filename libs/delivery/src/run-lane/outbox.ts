import type { Clock } from '#core';
import type { ClaimedDelivery } from '#persistence';
import type { AttemptDelivery, Attempted } from '../attempt-delivery/attempt-delivery.js';
import type { EndpointProfile } from '../hold-lane/endpoint-profiles.js';
import type { SettleDesk } from '../settle-attempts/settle-desk.js';
import { settlementOf } from '../settle-attempts/settlement.js';
import type { EventBodies, ReadyDelivery } from './event-bodies.js';
import type { Sharer } from './share-line.js';

export interface OutboxServices {
  clock: Clock;
  bodies: EventBodies;
  attempts: AttemptDelivery;
  settlements: SettleDesk;
}

/** What the lane hears from its outbox. */
export interface OutboxEvents {
  /** Its settlement is committed. */
  settled(id: string): void;
  /** It is not sent (now), and out of our hands: the next claim may bring it again. */
  putBack(id: string): void;
  /** No byte was written, because lease or version were not fresh enough. */
  fenced(): void;
  /** The request could not be made, or its settlement was refused: our own fault. */
  failed(error: unknown): void;
  /** The receiver has answered, or failed to. */
  answered(): void;
  /** Something ended: there may be room. */
  moved(): void;
}

/** What was claimed and not yet sent, what is in flight, and what is answered and not yet committed. */
export class Outbox {
  private waiting: ReadyDelivery[] = [];
  private flying = 0;
  private uncommitted = 0;

  constructor(
    private readonly services: OutboxServices,
    private readonly of: Sharer,
    private readonly events: OutboxEvents,
  ) {}

  /** Claimed and not yet sent. */
  get buffered(): number {
    return this.waiting.length;
  }

  /** Requests on the wire. */
  get inFlight(): number {
    return this.flying;
  }

  /** On the wire, or answered and not yet committed. */
  get unsettled(): number {
    return this.uncommitted;
  }

  add(ready: readonly ReadyDelivery[]): void {
    this.waiting.push(...ready);
  }

  /** Sends the next one. `mayStart` is asked right before the first byte. */
  sendNext(profile: EndpointProfile, epoch: number, mayStart: () => boolean): void {
    const next = this.waiting.shift();
    if (next) void this.send(next, profile, epoch, mayStart);
  }

  /** Puts back everything that was not sent. */
  drop(ready: readonly ReadyDelivery[] = this.waiting): void {
    if (ready === this.waiting) this.waiting = [];
    for (const { delivery } of ready) {
      this.services.bodies.giveBack(delivery, this.of);
      this.events.putBack(delivery.id);
    }
  }

  private async send(
    ready: ReadyDelivery,
    profile: EndpointProfile,
    epoch: number,
    mayStart: () => boolean,
  ): Promise<void> {
    const { delivery, event } = ready;
    this.flying += 1;
    this.uncommitted += 1;
    let attempted: Attempted | null = null;
    let failure: unknown;
    try {
      attempted = await this.services.attempts.attempt(delivery, event, profile, mayStart);
    } catch (error) {
      failure = error;
    }
    this.flying -= 1;
    this.services.bodies.giveBack(delivery, this.of);
    if (!attempted) this.fail(delivery, failure);
    else if (attempted.result.kind === 'not_sent') this.refuse(delivery);
    else await this.settle(delivery, profile, epoch, attempted);
    this.events.moved();
  }

  private refuse(delivery: ClaimedDelivery): void {
    this.uncommitted -= 1;
    this.events.putBack(delivery.id);
    this.events.fenced();
  }

  private fail(delivery: ClaimedDelivery, error: unknown): void {
    this.uncommitted -= 1;
    this.events.putBack(delivery.id);
    this.events.failed(error);
  }

  private async settle(
    delivery: ClaimedDelivery,
    profile: EndpointProfile,
    epoch: number,
    attempted: Attempted,
  ): Promise<void> {
    const { result, url, signedAt } = attempted;
    if (result.kind === 'not_sent') return;
    this.events.answered();
    // The window has room again: the next request need not wait for this one's commit.
    this.events.moved();
    try {
      const finished = { delivery, profile, epoch, result, url, signedAt };
      await this.services.settlements.settle(settlementOf(finished, this.services.clock.now(), Math.random()));
      this.uncommitted -= 1;
      this.events.settled(delivery.id);
    } catch (error) {
      this.fail(delivery, error);
    }
  }
}
