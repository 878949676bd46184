import type { Database, Statement } from '../database.js';
import type { PendingIds } from './pending-ids.js';

export interface SweepSlice {
  /** Endpoints with due deliveries that nobody works on and that nothing will wake. */
  endpointIds: string[];
  /** Where the next slice begins; null = that was the last. */
  next: string | null;
}

/** The next endpoint after that one in either line, live deliveries and what replays made, and its first time in both. */
const firstAfter = (endpoint: string): string => `
    SELECT * FROM (
      (SELECT d.endpoint_id, d.next_at FROM deliveries d
       WHERE d.state = 'pending' AND d.trigger <> 'replay' AND d.id BETWEEN $1::uuid AND $4::uuid AND d.endpoint_id > ${endpoint}
       ORDER BY d.endpoint_id, d.next_at LIMIT 1)
      UNION ALL
      (SELECT d.endpoint_id, d.next_at FROM deliveries d
       WHERE d.state = 'pending' AND d.trigger = 'replay' AND d.id BETWEEN $1::uuid AND $4::uuid AND d.endpoint_id > ${endpoint}
       ORDER BY d.endpoint_id, d.next_at LIMIT 1)
    ) either
    ORDER BY endpoint_id, next_at LIMIT 1`;

/**
 * A slice of all endpoints with pending deliveries, in the order of their ids, by jumping from one endpoint's first index entry to the next
 * endpoint's (a recursive skip scan): a lane with a million deliveries costs as much as one with a single one.
 * 0.35 s for 20,000 such endpoints. Indexes: deliveries_pending_by_lane, deliveries_pending_replays.
 */
const SWEEP_LANES: Statement = {
  name: 'sweep-lanes',
  text: `
WITH RECURSIVE lane AS (
  SELECT f.endpoint_id, f.next_at, 1 AS n FROM (${firstAfter('$2::uuid')}) f
  UNION ALL
  SELECT s.endpoint_id, s.next_at, lane.n + 1
  FROM lane CROSS JOIN LATERAL (${firstAfter('lane.endpoint_id')}) s
  WHERE lane.n < $3::int
)
SELECT lane.endpoint_id AS "endpointId", lane.n,
       (lane.next_at <= now() AND e.id IS NOT NULL
         AND ((e.state = 'active' AND e.deleted_at IS NULL)
              OR EXISTS (SELECT 1 FROM deliveries t WHERE t.endpoint_id = lane.endpoint_id AND t.state = 'pending' AND t.trigger = 'test' AND t.id BETWEEN $1::uuid AND $4::uuid))
         AND NOT coalesce(l.lease_until > now(), false) AND NOT coalesce(l.wake_at > now(), false)) AS forgotten,
       (e.deleted_at IS NOT NULL) AS deleted
FROM lane
LEFT JOIN lanes l ON l.endpoint_id = lane.endpoint_id
LEFT JOIN endpoints e ON e.id = lane.endpoint_id`,
};

/** `deleted`: endpoints that are gone but still have pending deliveries, to be cancelled. */
export async function sweepLanes(
  database: Database,
  ids: PendingIds,
  after: string,
  limit: number,
): Promise<SweepSlice & { deleted: string[] }> {
  const rows = await database.run<{ endpointId: string; n: number; forgotten: boolean; deleted: boolean }>(
    SWEEP_LANES,
    [ids.oldest, after, limit, ids.newest],
  );
  return {
    endpointIds: rows.filter((row) => row.forgotten).map((row) => row.endpointId),
    deleted: rows.filter((row) => row.deleted).map((row) => row.endpointId),
    next: rows.length < limit ? null : (rows.at(-1)?.endpointId ?? null),
  };
}
