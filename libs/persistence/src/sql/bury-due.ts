import type { Database, Statement } from '../database.js';

/** What is due of an endpoint whose row makes no sense: dead, so that it can be replayed once it does. Fenced as in `settle-attempts`. */
const BURY_DUE: Statement = {
  name: 'bury-due',
  text: `
WITH fence AS MATERIALIZED (
  SELECT endpoint_id FROM lanes WHERE endpoint_id = $1::uuid AND epoch = $2::bigint FOR SHARE
),
live AS MATERIALIZED (
  SELECT d.id FROM fence f JOIN deliveries d ON d.endpoint_id = f.endpoint_id
  WHERE d.state = 'pending' AND d.trigger <> 'replay' AND d.next_at <= now()
  LIMIT 1000
  FOR UPDATE OF d SKIP LOCKED
),
replayed AS MATERIALIZED (
  SELECT d.id FROM fence f JOIN deliveries d ON d.endpoint_id = f.endpoint_id
  WHERE d.state = 'pending' AND d.trigger = 'replay' AND d.next_at <= now()
  LIMIT 1000
  FOR UPDATE OF d SKIP LOCKED
)
UPDATE deliveries d SET state = 'dead', reason = $3::delivery_reason, settled_at = clock_timestamp()
FROM (SELECT id FROM live UNION ALL SELECT id FROM replayed) due WHERE d.id = due.id`,
};

export async function buryDue(
  database: Database,
  lane: { endpointId: string; epoch: number },
  reason: 'config_error',
): Promise<void> {
  await database.run(BURY_DUE, [lane.endpointId, lane.epoch, reason]);
}
