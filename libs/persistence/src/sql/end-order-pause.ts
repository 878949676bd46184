import type { Database } from '../database.js';

/**
 * Holds the lane of a delivery, and its endpoint, until the transaction ends if it keeps the order; false: it does not. Also one that does not wait for
 * its head: the head may be about to fail, and its settlement must find what happened here, or be found.
 * Comes before the delivery is locked: everybody locks endpoints before lanes, lanes before deliveries. Indexes: primary keys.
 */
export async function lockOrderedLane(database: Database, deliveryId: string): Promise<boolean> {
  const rows = await database.query(
    `WITH endpoint AS MATERIALIZED (
       SELECT e.id FROM deliveries d JOIN lanes l ON l.endpoint_id = d.endpoint_id JOIN endpoints e ON e.id = d.endpoint_id
       WHERE d.id = $1 AND (e.ordering = 'fifo' OR l.pause_reason = 'order') FOR NO KEY UPDATE OF e
     )
     SELECT 1 FROM endpoint e JOIN lanes l ON l.endpoint_id = e.id FOR UPDATE OF l`,
    [deliveryId],
  );
  return rows.length > 0;
}

/**
 * If this delivery heads a `fifo` lane that waits for its retry, nothing waits any more: it was cancelled, or is to be tried now. Only the pause for
 * the order ends; a `Retry-After` or a breaker of which the lane's flow state knows still holds. A free lane is woken by its time; a
 * holder reads its state again when the endpoint's version moves. Answers with the endpoint when it is so.
 *
 * The head is the first in the order of the claim, tests and replays aside. Indexes: primary keys, deliveries_pending_by_lane.
 */
export async function endOrderPause(database: Database, deliveryId: string): Promise<string | null> {
  const [row] = await database.query<{ endpointId: string }>(
    `WITH head AS MATERIALIZED (
       SELECT d.endpoint_id FROM deliveries d
       WHERE d.id = $1 AND d.trigger <> 'replay' AND NOT EXISTS (
         SELECT 1 FROM deliveries o
         WHERE o.endpoint_id = d.endpoint_id AND o.state = 'pending' AND o.trigger <> 'test' AND o.trigger <> 'replay' AND (o.next_at, o.id) < (d.next_at, d.id))
     ),
     freed AS (
       UPDATE lanes l SET paused_until = NULL, pause_reason = NULL, flow = l.flow - 'order',
         wake_at = CASE WHEN l.lease_until > now() THEN l.wake_at ELSE now() END
       FROM head h WHERE l.endpoint_id = h.endpoint_id AND l.pause_reason = 'order'
       RETURNING l.endpoint_id, coalesce(l.lease_until > now(), false) AS held
     ),
     noticed AS (
       UPDATE endpoints e SET version = e.version + 1 FROM freed f WHERE e.id = f.endpoint_id AND f.held
     )
     SELECT endpoint_id AS "endpointId" FROM freed`,
    [deliveryId],
  );
  return row?.endpointId ?? null;
}
