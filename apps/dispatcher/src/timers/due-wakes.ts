import { dueLanes, takeTurn } from '#persistence';
import type { Database } from '#persistence';

const LANES_AT_ONCE = 1_000;

/** Timed wakes: lanes whose `wake_at` has passed or whose holder let its lease run out. They live in Postgres, never in the queue. */
export class DueWakes {
  constructor(
    private readonly database: Database,
    private readonly everyMs: number,
    private readonly processId: string,
    private readonly wake: (endpointIds: Iterable<string>) => void,
  ) {}

  /** One turn, if it is this process's. */
  async round(): Promise<void> {
    if (!(await takeTurn(this.database, 'due-wakes', this.everyMs, this.processId))) return;
    let found: string[];
    do {
      found = await dueLanes(this.database, LANES_AT_ONCE);
      this.wake(found);
      // Expired leases stay in the answer until somebody takes the lane: only a page of due ones is a reason to ask again.
    } while (found.length > LANES_AT_ONCE);
  }
}
