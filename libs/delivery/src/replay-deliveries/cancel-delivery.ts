import { ProblemError } from '#core';
import { cancelDelivery } from '#persistence';
import type { Database, DeliveryScope } from '#persistence';

/** Takes a pending delivery out of its lane. What is in flight finishes, and counts if it succeeds. */
export class CancelDelivery {
  constructor(private readonly database: Database) {}

  /** Throws ProblemError `not_found`, or `delivery_not_pending` when it is settled already. */
  async cancel(scope: DeliveryScope, deliveryId: string): Promise<void> {
    const state = await cancelDelivery(this.database, scope, deliveryId);
    if (state === null) throw new ProblemError('not_found', { detail: 'no such delivery' });
    if (state !== 'cancelled_now') throw new ProblemError('delivery_not_pending', { detail: `it is ${state}` });
  }
}
