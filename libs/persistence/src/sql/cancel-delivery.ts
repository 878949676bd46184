import type { Database } from '../database.js';
import type { DeliveryScope } from './resend-delivery.js';

/** `cancelled_now`, or the state it is in; null: there is none in scope. Index: primary keys. */
export async function cancelDelivery(
  database: Database,
  scope: DeliveryScope,
  id: string,
): Promise<'cancelled_now' | 'delivered' | 'dead' | 'cancelled' | null> {
  const [row] = await database.query<{ state: 'pending' | 'delivered' | 'dead' | 'cancelled' }>(
    `WITH before AS MATERIALIZED (
       SELECT d.id, d.state FROM deliveries d JOIN endpoints e ON e.id = d.endpoint_id
       WHERE d.id = $1 AND d.tenant_id = $2 AND ($3::uuid IS NULL OR e.subscriber_id = $3::uuid)
       FOR UPDATE OF d
     ),
     cancelled AS (
       UPDATE deliveries d SET state = 'cancelled', reason = 'cancelled', settled_at = clock_timestamp()
       FROM before b WHERE d.id = b.id AND b.state = 'pending'
     )
     SELECT state FROM before`,
    [id, scope.tenantId, scope.subscriberId],
  );
  if (!row) return null;
  return row.state === 'pending' ? 'cancelled_now' : row.state;
}

/**
 * Moves the endpoint's version if the delivery may be in its holder's hands: as at any change, the holder then drops what it has not sent and claims
 * anew. What is not due cannot have been claimed, and a lane that is paused has given back what it had. Comes before the lane and the delivery are locked. Indexes: primary keys.
 */
export async function recallClaimed(database: Database, deliveryId: string): Promise<void> {
  await database.query(
    `UPDATE endpoints e SET version = e.version + 1
     FROM deliveries d JOIN lanes l ON l.endpoint_id = d.endpoint_id
     WHERE d.id = $1 AND d.state = 'pending' AND d.next_at <= now() AND l.lease_until > now()
       AND coalesce(l.paused_until <= now(), true) AND e.id = d.endpoint_id`,
    [deliveryId],
  );
}
