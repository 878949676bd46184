import { claimDeliveries, freshBoundary } from '#persistence';
import type { ClaimAnswer, ClaimRequest, Database, PendingIds } from '#persistence';
import type { DatabaseClock } from '../database-clock.js';
import { Batcher } from '../batcher.js';

const LANES_AT_ONCE = 200;

/** Claims for many lanes in one statement. Every reply also tells the database's time. */
export class ClaimDesk {
  private readonly claims: Batcher<ClaimRequest, ClaimAnswer | undefined>;

  constructor(
    private readonly database: Database,
    clock: DatabaseClock,
    private readonly pendingIds: () => PendingIds,
  ) {
    this.claims = new Batcher(
      async (requests) => {
        const sentAt = clock.monotonic();
        const answers = await claimDeliveries(database, requests, pendingIds());
        const first = answers.find((answer) => answer !== undefined);
        if (first) clock.learn(first.databaseNow, sentAt, clock.monotonic());
        return answers;
      },
      { maxItems: LANES_AT_ONCE, maxConcurrent: 2 },
    );
  }

  /** Undefined: the lane or its endpoint does not exist. */
  claim(request: ClaimRequest): Promise<ClaimAnswer | undefined> {
    return this.claims.add(request);
  }

  /** When the last but `newer` due delivery of that lane was due; null: there are no more than that. */
  freshBoundary(endpointId: string, newer: number): Promise<number | null> {
    return freshBoundary(this.database, endpointId, newer, this.pendingIds());
  }
}
