import { cancelPending, sweepLanes, takeTurn } from '#persistence';
import type { Database, PendingIds } from '#persistence';

const LANES_AT_ONCE = 2_000;
const NIL = '00000000-0000-0000-0000-000000000000';
const ANY_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * The safety net under the wakes: every endpoint with due deliveries that nobody works on and nothing will wake. So a wake that was lost, for
 * whatever reason, costs at most one sweep. It also settles what is left of deleted endpoints.
 */
export class Sweep {
  constructor(
    private readonly database: Database,
    private readonly everyMs: number,
    private readonly processId: string,
    private readonly pendingIds: () => PendingIds,
    private readonly wake: (endpointIds: Iterable<string>) => void,
  ) {}

  /** One turn over all lanes, in slices, if it is this process's. */
  async round(): Promise<void> {
    if (!(await takeTurn(this.database, 'sweep', this.everyMs, this.processId))) return;
    for (let after: string | null = NIL; after !== null;) {
      const slice = await sweepLanes(this.database, this.pendingIds(), after, LANES_AT_ONCE);
      this.wake(slice.endpointIds);
      for (const endpointId of slice.deleted) await this.cancelAll(endpointId);
      after = slice.next;
    }
  }

  private async cancelAll(endpointId: string): Promise<void> {
    let cancelled: number;
    do cancelled = await cancelPending(this.database, { endpointId, upTo: ANY_ID, reason: 'endpoint_deleted' });
    while (cancelled > 0);
  }
}
