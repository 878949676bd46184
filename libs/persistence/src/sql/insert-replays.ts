import type { Database } from '../database.js';

/**
 * New deliveries of the events of settled ones, made by a replay: each names the one it repeats, and is named by it. One that was replayed or
 * resent already, is pending, or whose endpoint is deleted, is left out. They wait in their lanes' second line, behind what is live; that a lane
 * has such a line is written on it first, in the same transaction, so no claim misses them (lanes before deliveries, each in the order of
 * their keys, as everywhere). Answers with the endpoints, to be woken, and how many were made. Ids as in `copyDelivery`. Indexes: primary keys.
 */
export async function insertReplays(
  database: Database,
  replayId: string,
  deliveryIds: readonly string[],
): Promise<{ endpointIds: string[]; made: number }> {
  return database.transaction(async () => {
    const lanes = await database.query<{ endpointId: string }>(MARK_LANES, [deliveryIds]);
    const rows = await database.query<{ made: number }>(COPY_DELIVERIES, [deliveryIds, replayId]);
    return { endpointIds: lanes.map(({ endpointId }) => endpointId), made: rows[0]?.made ?? 0 };
  });
}

/** A day more than the longest of them may last: how long a claim looks need not be exact. */
const MARK_LANES = `
INSERT INTO lanes AS l (endpoint_id, tenant_id, replays_until)
SELECT e.id, e.tenant_id, clock_timestamp() + make_interval(days => 1, secs => e.give_up_after_seconds)
FROM endpoints e WHERE e.id IN (SELECT d.endpoint_id FROM deliveries d WHERE d.id = ANY ($1::uuid[])) AND e.deleted_at IS NULL
ORDER BY e.id
ON CONFLICT (endpoint_id) DO UPDATE SET replays_until = greatest(l.replays_until, excluded.replays_until)
RETURNING endpoint_id AS "endpointId"`;

const COPY_DELIVERIES = `
WITH source AS MATERIALIZED (
  SELECT d.id, d.tenant_id, d.endpoint_id, d.event_id, d.bytes, e.give_up_after_seconds
  FROM deliveries d JOIN endpoints e ON e.id = d.endpoint_id
  WHERE d.id = ANY ($1::uuid[]) AND d.state <> 'pending' AND d.replayed_by IS NULL AND e.deleted_at IS NULL
  ORDER BY d.id
  FOR UPDATE OF d
),
numbered AS MATERIALIZED (
  SELECT s.*, m.at, (lpad(to_hex(floor(extract(epoch FROM m.at) * 1000)::bigint), 12, '0') || '7' || right(gen_random_uuid()::text, 3)
                     || '8' || right(gen_random_uuid()::text, 3) || right(gen_random_uuid()::text, 12))::uuid AS new_id
  FROM source s, (SELECT clock_timestamp() AS at OFFSET 0) m
),
made AS (
  INSERT INTO deliveries (id, tenant_id, endpoint_id, event_id, next_at, deadline, bytes, trigger, replay_of, replay_id)
  SELECT new_id, tenant_id, endpoint_id, event_id, at, at + make_interval(secs => give_up_after_seconds), bytes, 'replay', id, $2::uuid FROM numbered
),
named AS (
  UPDATE deliveries d SET replayed_by = n.new_id FROM numbered n WHERE d.id = n.id
)
SELECT count(*)::int AS made FROM numbered`;
