import type { Database, Statement } from '../database.js';

/**
 * Lanes whose time has come: `wake_at` has passed (it is cleared in the same statement, so the next look does not find the lane again), or the
 * holder let its lease run out. A wake lost after this is the sweep's to find. Rows somebody else has locked are being worked on right now.
 * Indexes: lanes_by_wake, lanes_by_lease.
 */
const DUE_LANES: Statement = {
  name: 'due-lanes',
  text: `
WITH due AS MATERIALIZED (
  SELECT endpoint_id FROM lanes WHERE wake_at IS NOT NULL AND wake_at <= now() ORDER BY wake_at LIMIT $1::int FOR UPDATE SKIP LOCKED
),
woken AS (
  UPDATE lanes l SET wake_at = NULL FROM due d WHERE l.endpoint_id = d.endpoint_id RETURNING l.endpoint_id
)
SELECT endpoint_id AS "endpointId" FROM woken
UNION
SELECT endpoint_id FROM (SELECT endpoint_id FROM lanes WHERE lease_until IS NOT NULL AND lease_until <= now() ORDER BY lease_until LIMIT $1::int) expired`,
};

/** At most `limit` of each kind; ask again when so many came. */
export async function dueLanes(database: Database, limit: number): Promise<string[]> {
  return (await database.run<{ endpointId: string }>(DUE_LANES, [limit])).map((row) => row.endpointId);
}
