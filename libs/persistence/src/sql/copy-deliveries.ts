import type { Database } from '../database.js';

/**
 * New deliveries of the events of settled ones: each names the one it repeats, and is named by it. One that was repeated already, is pending, or
 * whose endpoint is deleted, is left out. Their ids are of now, not of their events: pending deliveries must lie in the last days'
 * partitions, which are all that a claim looks at. Answers with the new ids. Rows are locked in the order of their ids. Index: primary keys.
 */
export async function copyDeliveries(
  database: Database,
  ids: readonly string[],
  made: { trigger: 'resend' | 'replay'; replayId: string | null },
): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    `WITH source AS MATERIALIZED (
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
     named AS (
       UPDATE deliveries d SET replayed_by = n.new_id FROM numbered n WHERE d.id = n.id
     )
     INSERT INTO deliveries (id, tenant_id, endpoint_id, event_id, next_at, deadline, bytes, trigger, replay_of, replay_id)
     SELECT new_id, tenant_id, endpoint_id, event_id, at, at + make_interval(secs => give_up_after_seconds), bytes, $2::attempt_trigger, id, $3::uuid
     FROM numbered
     RETURNING id`,
    [ids, made.trigger, made.replayId],
  );
  return rows.map(({ id }) => id);
}
