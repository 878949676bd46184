import { dueLanes, takeTurn } from '#persistence';
import type { Database } from '#persistence';

const LANES_AT_ONCE = 1_000;
/**
 * A turn falls due a little before the timers ask for it: with equal periods a process that asks a millisecond early waits a whole period
 * more (two processes: 12 turns in 5 s instead of 20).
 */
const TURN_SHARE = 0.8;

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
    if (!(await takeTurn(this.database, 'due-wakes', this.everyMs * TURN_SHARE, this.processId))) return;
    let found: string[];
    do {
      found = await dueLanes(this.database, LANES_AT_ONCE);
      this.wake(found);
      // Expired leases stay in the answer until somebody takes the lane: only a page of due ones is a reason to ask again.
    } while (found.length > LANES_AT_ONCE);
  }
}
