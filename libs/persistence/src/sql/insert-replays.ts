import type { Database } from '../database.js';
import { copyDeliveries } from './copy-deliveries.js';

/**
 * What a replay makes of settled deliveries. They wait in their lanes' second line, behind what is live; that a lane has such a line is written
 * on it first, in the same transaction, so no claim misses them (lanes before deliveries, each in the order of their keys, as everywhere).
 * Answers with the endpoints, to be woken, and how many were made. Indexes: primary keys.
 */
export async function insertReplays(
  database: Database,
  replayId: string,
  deliveryIds: readonly string[],
): Promise<{ endpointIds: string[]; made: number }> {
  return database.transaction(async () => {
    const lanes = await database.query<{ endpointId: string }>(MARK_LANES, [deliveryIds]);
    const made = await copyDeliveries(database, deliveryIds, { trigger: 'replay', replayId });
    return { endpointIds: lanes.map(({ endpointId }) => endpointId), made: made.length };
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
