import { acquireLanes, changedEndpoints, releaseLanes, renewLeases } from '#persistence';
import type { Database, LaneAcquired, LaneReleased, LaneToRelease, LeaseToRenew, PendingIds } from '#persistence';
import { Batcher } from '../batcher.js';

const LANES_AT_ONCE = 500;

/** Acquiring and releasing, a statement for many lanes; each batch sorted by endpoint, so that no two processes lock in a circle. */
export class LeaseDesk {
  private readonly acquisitions: Batcher<string, LaneAcquired | undefined>;
  private readonly releases: Batcher<LaneToRelease, LaneReleased | undefined>;

  constructor(
    private readonly database: Database,
    private readonly holder: string,
    private readonly leaseMs: number,
    pendingIds: () => PendingIds,
  ) {
    this.acquisitions = new Batcher(
      async (ids) => {
        const answers = await acquireLanes(database, [...new Set(ids)].sort(), holder, leaseMs, pendingIds());
        const byId = new Map(answers.map((answer) => [answer.endpointId, answer]));
        return ids.map((id) => byId.get(id));
      },
      { maxItems: LANES_AT_ONCE, maxConcurrent: 2 },
    );
    this.releases = new Batcher(
      async (lanes) => {
        const sorted = lanes.toSorted((a, b) => (a.endpointId < b.endpointId ? -1 : 1));
        const answers = await releaseLanes(database, sorted, holder, pendingIds());
        const byId = new Map(answers.map((answer) => [answer.endpointId, answer]));
        return lanes.map((lane) => byId.get(lane.endpointId));
      },
      { maxItems: LANES_AT_ONCE, maxConcurrent: 2 },
    );
  }

  /** Undefined: there is no such endpoint, or its lane sleeps. */
  acquire(endpointId: string): Promise<LaneAcquired | undefined> {
    return this.acquisitions.add(endpointId);
  }

  /** Undefined: the lane had been lost before. */
  release(lane: LaneToRelease): Promise<LaneReleased | undefined> {
    return this.releases.add(lane);
  }

  /** The endpoints whose lease was prolonged. */
  renew(leases: readonly LeaseToRenew[]): Promise<Set<string>> {
    const sorted = leases.toSorted((a, b) => (a.endpointId < b.endpointId ? -1 : 1));
    return renewLeases(this.database, sorted, this.leaseMs, this.holder);
  }

  changed(known: readonly { endpointId: string; version: number }[]): Promise<Set<string>> {
    return changedEndpoints(this.database, known);
  }
}
