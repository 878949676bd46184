import type { Database, Statement } from '../database.js';
import type { PendingIds } from './pending-ids.js';

/**
 * When the last but `newer` due live delivery of a lane was due: from there on everything is fresh, what is older is backlog. Read from the newest end
 * of the index, so a backlog of millions costs what its newest `newer` rows cost. Index: deliveries_pending_by_lane.
 */
const FRESH_BOUNDARY: Statement = {
  name: 'fresh-boundary',
  text: `
SELECT extract(epoch FROM d.next_at)::float8 * 1000 AS at FROM deliveries d
WHERE d.endpoint_id = $1::uuid AND d.state = 'pending' AND d.trigger <> 'replay' AND d.id BETWEEN $2::uuid AND $3::uuid AND d.next_at <= now()
ORDER BY d.next_at DESC OFFSET $4::int LIMIT 1`,
};

/** Milliseconds; null: no more than `newer` are due. */
export async function freshBoundary(
  database: Database,
  endpointId: string,
  newer: number,
  ids: PendingIds,
): Promise<number | null> {
  const rows = await database.run<{ at: number }>(FRESH_BOUNDARY, [endpointId, ids.oldest, ids.newest, newer]);
  return rows[0]?.at ?? null;
}
