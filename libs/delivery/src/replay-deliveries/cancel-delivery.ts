import { ProblemError } from '#core';
import { cancelDelivery, endOrderPause, lockOrderedLane, recallClaimed } from '#persistence';
import type { Database, DeliveryScope } from '#persistence';

/** Takes a pending delivery out of its lane; those behind it go on. What is in flight finishes, and counts if it succeeds. */
export class CancelDelivery {
  constructor(
    private readonly database: Database,
    private readonly wake: (endpointIds: string[]) => void,
  ) {}

  /** Throws ProblemError `not_found`, or `delivery_not_pending` when it is settled already. */
  async cancel(scope: DeliveryScope, deliveryId: string): Promise<void> {
    const freed = await this.database.transaction(async () => {
      await recallClaimed(this.database, deliveryId);
      const ordered = await lockOrderedLane(this.database, deliveryId);
      const state = await cancelDelivery(this.database, scope, deliveryId);
      if (state === null) throw new ProblemError('not_found', { detail: 'no such delivery' });
      if (state !== 'cancelled_now') throw new ProblemError('delivery_not_pending', { detail: `it is ${state}` });
      return ordered ? endOrderPause(this.database, deliveryId) : null;
    });
    if (freed !== null) this.wake([freed]);
  }
}
