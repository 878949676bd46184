import type { Database, Statement } from '../database.js';
import type { PendingIds } from './pending-ids.js';

export interface LaneToRelease {
  endpointId: string;
  epoch: number;
  /** Milliseconds: not before then, whatever is due (a lane that cannot send now). Null: when the next delivery is due. */
  notBefore: number | null;
}

export interface LaneReleased {
  endpointId: string;
  /** Somebody wanted the lane meanwhile, or something is due already: go on. */
  goOn: boolean;
}

/**
 * Gives lanes back: lease and knock are cleared, the old knock is answered, and `wake_at` becomes the time of the next due delivery. A wake
 * for what is committed after this statement's snapshot finds the lane either still held (and knocks: the row lock makes this statement see
 * it) or free. A paused or deleted endpoint wakes for nothing but tests.
 *
 * Rows in the order given: sort by endpoint. Indexes: primary key, deliveries_pending_by_lane.
 */
const RELEASE_LANES: Statement = {
  name: 'release-lanes',
  text: `
WITH held AS MATERIALIZED (
  SELECT l.endpoint_id, l.knocked, r.not_before
  FROM unnest($1::uuid[], $2::bigint[], $3::float8[]) AS r (endpoint_id, epoch, not_before)
  JOIN lanes l ON l.endpoint_id = r.endpoint_id AND l.epoch = r.epoch AND l.holder = $4::uuid
  FOR UPDATE OF l
),
due AS MATERIALIZED (
  SELECT h.endpoint_id, h.knocked, greatest(to_timestamp(h.not_before / 1000), n.next_at) AS wake_at
  FROM held h
  JOIN endpoints e ON e.id = h.endpoint_id
  LEFT JOIN LATERAL (
    SELECT d.next_at FROM deliveries d
    WHERE d.endpoint_id = h.endpoint_id AND d.state = 'pending' AND d.id BETWEEN $5::uuid AND $6::uuid AND d.next_at <= d.deadline
      AND e.state = 'active' AND e.deleted_at IS NULL
    ORDER BY d.next_at LIMIT 1
  ) n ON true
)
UPDATE lanes l
SET holder = NULL, lease_until = NULL, granted = 0, knocked = false, wake_at = CASE WHEN d.wake_at > now() THEN d.wake_at END
FROM due d
WHERE l.endpoint_id = d.endpoint_id
RETURNING l.endpoint_id AS "endpointId", (d.knocked OR coalesce(d.wake_at <= now(), false)) AS "goOn"`,
};

/** Lanes whose epoch has moved on are missing in the answer: they were lost, and are no concern of this holder any more. */
export async function releaseLanes(
  database: Database,
  lanes: readonly LaneToRelease[],
  holder: string,
  ids: PendingIds,
): Promise<LaneReleased[]> {
  return database.run<LaneReleased>(RELEASE_LANES, [
    lanes.map((lane) => lane.endpointId),
    lanes.map((lane) => lane.epoch),
    lanes.map((lane) => lane.notBefore),
    holder,
    ids.oldest,
    ids.newest,
  ]);
}
