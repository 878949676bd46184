import { loadEvents } from '#persistence';
import type { ClaimedDelivery, Database, LoadedEvent } from '#persistence';
import { Batcher } from '../batcher.js';
import { PayloadBudget } from './payload-budget.js';

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

/** No lane gets more of the budget than this part: a receiver that hangs keeps its bytes for as long as its attempts last. */
const SHARES = 64;

/** Loads bodies for many lanes in one statement, within the process's byte budget. Lanes with the same event share its bytes while they load together. */
export class EventBodies {
  private readonly budget: PayloadBudget;
  private readonly loads: Batcher<string, LoadedEvent | undefined>;

  constructor(
    database: Database,
    private readonly budgetBytes: number,
  ) {
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
   * In the order given, as many as fit a lane's share of the budget, and one in any case; the others are `left`. `missing`: their event is
   * past its retention.
   */
  async load(claimed: readonly ClaimedDelivery[]): Promise<LoadedDeliveries> {
    const deliveries = claimed.slice(0, this.fitting(claimed));
    const left = claimed.slice(deliveries.length);
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
    return { ready, missing, left };
  }

  private fitting(claimed: readonly ClaimedDelivery[]): number {
    let bytes = 0;
    const tooMany = claimed.findIndex((delivery) => (bytes += delivery.bytes) > this.budgetBytes / SHARES);
    return tooMany === -1 ? claimed.length : Math.max(1, tooMany);
  }

  giveBack(delivery: ClaimedDelivery): void {
    this.budget.giveBack(delivery.bytes);
  }

  get bytesHeld(): number {
    return this.budget.bytesHeld;
  }
}
