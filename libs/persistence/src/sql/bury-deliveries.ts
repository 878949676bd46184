import type { Database, Statement } from '../database.js';

/**
 * Declares deliveries dead without an attempt: their event is past its retention. Fenced as in
 * `settle-attempts`. Rows in the order given: sort by id. Index: primary keys.
 */
const BURY_DELIVERIES: Statement = {
  name: 'bury-deliveries',
  text: `
WITH fence AS MATERIALIZED (
  SELECT endpoint_id FROM lanes WHERE endpoint_id = $1::uuid AND epoch = $2::bigint FOR SHARE
)
UPDATE deliveries d SET state = 'dead', reason = $4::delivery_reason, settled_at = clock_timestamp()
FROM unnest($3::uuid[]) AS r (id), fence f
WHERE d.id = r.id AND d.endpoint_id = f.endpoint_id AND d.state = 'pending'`,
};

export async function buryDeliveries(
  database: Database,
  lane: { endpointId: string; epoch: number },
  ids: readonly string[],
  reason: 'payload_expired',
): Promise<void> {
  await database.run(BURY_DELIVERIES, [lane.endpointId, lane.epoch, ids.toSorted(), reason]);
}
