import type { Database } from '../database.js';

export interface PendingToCancel {
  endpointId: string;
  /** Only deliveries up to this id, so that what is published meanwhile stays. */
  upTo: string;
  reason: 'cancelled' | 'endpoint_deleted';
}

const SLICE = 1_000;

/**
 * Cancels up to 1,000 pending deliveries of one endpoint and answers how many: call it until it answers 0. Rows that somebody is settling are
 * skipped (what is in flight finishes); the rest is locked in id order, as every multi-row write is. The slice is found in index order
 * (`deliveries_pending_by_lane`, then `deliveries_pending_replays`) and its ids then bound the partitions that the update looks into.
 */
export async function cancelPending(
  database: Database,
  { endpointId, upTo, reason }: PendingToCancel,
): Promise<number> {
  const rows = await database.query<{ count: number }>(
    `
WITH slice AS MATERIALIZED (
  SELECT id FROM (
    (SELECT id FROM deliveries WHERE endpoint_id = $1 AND state = 'pending' AND trigger <> 'replay' AND id <= $2 ORDER BY next_at, id LIMIT ${SLICE})
    UNION ALL
    (SELECT id FROM deliveries WHERE endpoint_id = $1 AND state = 'pending' AND trigger = 'replay' AND id <= $2 ORDER BY next_at, id LIMIT ${SLICE})
  ) line LIMIT ${SLICE}
),
locked AS MATERIALIZED (
  SELECT d.id FROM deliveries d
  WHERE d.id = ANY (ARRAY(SELECT id FROM slice)) AND d.id >= (SELECT min(id::text)::uuid FROM slice) AND d.id <= (SELECT max(id::text)::uuid FROM slice)
    AND d.state = 'pending'
  ORDER BY d.id FOR UPDATE SKIP LOCKED
),
cancelled AS (
  UPDATE deliveries d SET state = 'cancelled', reason = $3::delivery_reason, settled_at = clock_timestamp()
  WHERE d.id = ANY (ARRAY(SELECT id FROM locked)) AND d.id >= (SELECT min(id::text)::uuid FROM slice) AND d.id <= (SELECT max(id::text)::uuid FROM slice)
  RETURNING 1
)
SELECT count(*)::int AS count FROM cancelled`,
    [endpointId, upTo, reason],
  );
  return rows[0]?.count ?? 0;
}
