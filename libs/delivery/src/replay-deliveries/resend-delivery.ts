import { ProblemError } from '#core';
import { copyDelivery, endOrderPause, findResendable, hurryDelivery, lockOrderedLane } from '#persistence';
import type { Database, DeliveryScope, Resendable } from '#persistence';

export interface Resent {
  deliveryId: string;
  /** The settled delivery that the new one repeats; null when the delivery itself is still pending. */
  replayOf: string | null;
}

/**
 * Sends one delivery again. A settled one stays as it is and gets a successor: a new delivery of the same event, attempts from 1, a full retry
 * policy and a fresh deadline. A pending one gets no twin: its next attempt becomes now (still behind any pause but the one in which its lane
 * waits for it) and its schedule goes on.
 * One that was resent before is followed to its last successor, so that the chain never forks.
 */
export class ResendDelivery {
  constructor(
    private readonly database: Database,
    private readonly wake: (endpointIds: string[]) => void,
  ) {}

  /** Throws ProblemError `not_found`, or `payload_expired` when the event is past its retention. */
  async resend(scope: DeliveryScope, deliveryId: string): Promise<Resent> {
    const resent = await this.database.transaction(async () => {
      // All of a chain go to one endpoint.
      const ordered = await lockOrderedLane(this.database, deliveryId);
      const last = await this.lastOfChain(scope, deliveryId);
      if (last.state !== 'pending')
        return { ...last, deliveryId: await copyDelivery(this.database, last.id), replayOf: last.id };
      await hurryDelivery(this.database, last.id);
      if (ordered) await endOrderPause(this.database, last.id);
      return { ...last, deliveryId: last.id, replayOf: null };
    });
    this.wake([resent.endpointId]);
    return { deliveryId: resent.deliveryId, replayOf: resent.replayOf };
  }

  /** Locked: of two resends at once the second finds the first one's delivery. */
  private async lastOfChain(scope: DeliveryScope, deliveryId: string): Promise<Resendable> {
    for (let id = deliveryId; ;) {
      const delivery = await findResendable(this.database, scope, id);
      if (!delivery || delivery.endpointDeleted)
        throw new ProblemError('not_found', { detail: 'no such delivery, or its endpoint is deleted' });
      if (delivery.replayedBy === null) {
        if (!delivery.hasEvent)
          throw new ProblemError('payload_expired', { detail: 'the event is past its retention' });
        return delivery;
      }
      id = delivery.replayedBy;
    }
  }
}
