import type { Database, Statement } from '../database.js';

/**
 * Deliveries past their deadline on lanes that cannot send (paused or disabled endpoints, lanes paused past the deadline): for these no last
 * attempt comes; nor for one that was told to come back (`Retry-After`) after its deadline. On every other lane the holder makes that attempt and writes `expired` itself. The grace ($1, seconds) is more than an
 * attempt can last, so nothing that is in flight is declared dead. In chunks; rows that somebody works on are left for the next round.
 * Index: deliveries_pending_by_deadline.
 */
const EXPIRE_DELIVERIES: Statement = {
  name: 'expire-deliveries',
  text: `
WITH late AS MATERIALIZED (
  SELECT d.id FROM deliveries d
  JOIN endpoints e ON e.id = d.endpoint_id
  LEFT JOIN lanes l ON l.endpoint_id = d.endpoint_id
  WHERE d.state = 'pending' AND d.id >= $2::uuid
    AND d.deadline < now() - make_interval(secs => $1::float8)
    AND (e.state <> 'active' OR l.paused_until > now() OR d.next_at > d.deadline)
  LIMIT $3::int
  FOR UPDATE OF d SKIP LOCKED
),
expired AS (
  UPDATE deliveries d SET state = 'dead', reason = 'expired', settled_at = clock_timestamp()
  FROM late WHERE d.id = late.id RETURNING d.id
)
SELECT count(*)::int AS expired FROM expired`,
};

/** How many expired; a full chunk means that there may be more. */
export async function expireDeliveries(
  database: Database,
  graceSeconds: number,
  oldestId: string,
  chunk: number,
): Promise<number> {
  const [row] = await database.run<{ expired: number }>(EXPIRE_DELIVERIES, [graceSeconds, oldestId, chunk]);
  return row?.expired ?? 0;
}
