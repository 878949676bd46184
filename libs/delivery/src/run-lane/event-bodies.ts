import { loadEvents } from '#persistence';
import type { ClaimedDelivery, Database, LoadedEvent } from '#persistence';
import { Batcher } from '../batcher.js';
import { PayloadBudget } from '../share-process/payload-budget.js';
import type { Sharer } from '../share-process/share-line.js';

/** A claimed delivery with its body in memory; `giveBack` the bytes when it is over. */
export interface ReadyDelivery {
  delivery: ClaimedDelivery;
  event: LoadedEvent;
}

export interface LoadedDeliveries {
  ready: ReadyDelivery[];
  missing: ClaimedDelivery[];
  left: ClaimedDelivery[];
}

/** Loads bodies for many lanes in one statement, within the process's byte budget. Lanes with the same event share its bytes while they load together. */
export class EventBodies {
  private readonly budget: PayloadBudget;
  private readonly loads: Batcher<string, LoadedEvent | undefined>;

  constructor(database: Database, budgetBytes: number) {
    this.budget = new PayloadBudget(budgetBytes);
    this.loads = new Batcher(
      async (ids) => {
        const events = await loadEvents(database, [...new Set(ids)]);
        return ids.map((id) => events.get(id));
      },
      { maxItems: 1_000, maxConcurrent: 2 },
    );
  }

  /**
   * In the order given, as many as fit the lane's share of the budget, waiting for the first one (`onWait` says so); the others are `left`. `missing`: their event
   * is past its retention.
   */
  async load(claimed: readonly ClaimedDelivery[], of: Sharer, onWait: () => void): Promise<LoadedDeliveries> {
    const pieces = claimed.map(({ bytes }) => bytes);
    const fitting = await this.budget.take(pieces, of, onWait);
    const deliveries = claimed.slice(0, fitting);
    const left = claimed.slice(fitting);
    const ready: ReadyDelivery[] = [];
    const missing: ClaimedDelivery[] = [];
    try {
      const events = await Promise.all(deliveries.map(({ eventId }) => this.loads.add(eventId)));
      deliveries.forEach((delivery, index) => {
        const event = events[index];
        if (event) ready.push({ delivery, event });
        else missing.push(delivery);
      });
    } catch (error) {
      for (const delivery of deliveries) this.giveBack(delivery, of);
      throw error;
    }
    for (const delivery of missing) this.giveBack(delivery, of);
    return { ready, missing, left };
  }

  giveBack(delivery: ClaimedDelivery, of: Sharer): void {
    this.budget.giveBack(delivery.bytes, of);
  }

  get bytesHeld(): number {
    return this.budget.bytesHeld;
  }
}
