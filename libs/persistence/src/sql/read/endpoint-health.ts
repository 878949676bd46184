import type { PauseReason, StoredFlow } from '#core';
import type { Database } from '../../database.js';

/** What is written down about a lane, as it is now. Milliseconds. */
export interface LaneHealth {
  /** The database's clock. */
  now: number;
  flow: StoredFlow | null;
  /** A holder has a lease that lasts. */
  held: boolean;
  pausedUntil: number | null;
  pauseReason: PauseReason | null;
  /** The first in the live line; null = nothing is pending there. */
  headId: string | null;
}

/** A lane that was never worked has no row and is at rest. Indexes: the primary key, deliveries_pending_by_lane. */
export async function endpointHealth(database: Database, endpointId: string): Promise<LaneHealth> {
  const [row] = await database.query<LaneHealth>(
    `
SELECT extract(epoch FROM moment.at)::float8 * 1000 AS now, l.flow, coalesce(l.holder IS NOT NULL AND l.lease_until > moment.at, false) AS held,
       extract(epoch FROM l.paused_until)::float8 * 1000 AS "pausedUntil", l.pause_reason AS "pauseReason", head.id AS "headId"
FROM (SELECT clock_timestamp() AS at) moment
LEFT JOIN lanes l ON l.endpoint_id = $1
LEFT JOIN LATERAL (
  SELECT d.id FROM deliveries d
  WHERE d.endpoint_id = $1 AND d.state = 'pending' AND d.trigger <> 'test' AND d.trigger <> 'replay'
  ORDER BY d.next_at, d.id LIMIT 1
) head ON true`,
    [endpointId],
  );
  if (row === undefined) throw new Error('a query without a source of rows answered none');
  return row;
}
