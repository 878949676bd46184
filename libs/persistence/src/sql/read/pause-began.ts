import type { Database } from '../../database.js';

/** Deliveries that were told to wait lie together in the lane: they are tried again when the pause ends. */
const LOOKED_AT = 50;

/**
 * When an endpoint asked for the pause that ends at `until` (milliseconds): the end of the earliest attempt that was answered so. Looked for
 * among the first in line and among those that wait as long as the pause; null when its delivery is no longer there. Between storing and
 * reading a time may lose a fraction of a millisecond.
 * Indexes: deliveries_pending_by_lane, deliveries_pending_replays, the attempts' primary key.
 */
export async function pauseBegan(database: Database, endpointId: string, until: number): Promise<number | null> {
  const [row] = await database.query<{ began: number | null }>(
    `
SELECT extract(epoch FROM min(a.started_at + a.duration_ms * interval '1 ms'))::float8 * 1000 AS began
FROM (
  (SELECT id FROM deliveries WHERE endpoint_id = $1 AND state = 'pending' AND trigger <> 'replay' ORDER BY next_at, id LIMIT 1)
  UNION
  (SELECT id FROM deliveries WHERE endpoint_id = $1 AND state = 'pending' AND trigger <> 'replay' AND next_at >= to_timestamp(($2::float8 - 1) / 1000)
   ORDER BY next_at, id LIMIT ${LOOKED_AT})
  UNION
  (SELECT id FROM deliveries WHERE endpoint_id = $1 AND state = 'pending' AND trigger = 'replay' AND next_at >= to_timestamp(($2::float8 - 1) / 1000)
   ORDER BY next_at, id LIMIT ${LOOKED_AT})
) waiting
CROSS JOIN LATERAL (SELECT * FROM attempts a WHERE a.delivery_id = waiting.id ORDER BY a.number DESC LIMIT 1) a
WHERE a.retry_after_until >= to_timestamp(($2::float8 - 1) / 1000)`,
    [endpointId, until],
  );
  return row?.began ?? null;
}
