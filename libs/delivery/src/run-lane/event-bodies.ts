import { loadEvents } from '#persistence';
import type { ClaimedDelivery, Database, LoadedEvent } from '#persistence';
import { Batcher } from '../batcher.js';
import { PayloadBudget } from './payload-budget.js';

/** A claimed delivery with its body in memory; `giveBack` the bytes when it is over. */
export interface ReadyDelivery {
  delivery: ClaimedDelivery;
  event: LoadedEvent;
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

  /** In the order given. `missing`: their event is past its retention. */
  async load(deliveries: readonly ClaimedDelivery[]): Promise<{ ready: ReadyDelivery[]; missing: ClaimedDelivery[] }> {
    const bytes = deliveries.reduce((sum, delivery) => sum + delivery.bytes, 0);
    await this.budget.take(bytes);
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
      this.budget.giveBack(bytes);
      throw error;
    }
    for (const delivery of missing) this.giveBack(delivery);
    return { ready, missing };
  }

  giveBack(delivery: ClaimedDelivery): void {
    this.budget.giveBack(delivery.bytes);
  }

  get bytesHeld(): number {
    return this.budget.bytesHeld;
  }
}
