import type { Database } from '../database.js';

/** Whose deliveries may be touched: a tenant's, or (not null) only one subscriber's of it. */
export interface DeliveryScope {
  tenantId: string;
  subscriberId: string | null;
}

export interface Resendable {
  id: string;
  endpointId: string;
  state: 'pending' | 'delivered' | 'dead' | 'cancelled';
  replayedBy: string | null;
  endpointDeleted: boolean;
  /** False: the event is past its retention. */
  hasEvent: boolean;
}

/** The delivery, locked, if it is in scope. Index: primary keys. */
export async function findResendable(database: Database, scope: DeliveryScope, id: string): Promise<Resendable | null> {
  const [row] = await database.query<Resendable>(
    `SELECT d.id, d.endpoint_id AS "endpointId", d.state, d.replayed_by AS "replayedBy", (e.deleted_at IS NOT NULL) AS "endpointDeleted",
            EXISTS (SELECT 1 FROM events v WHERE v.id = d.event_id) AS "hasEvent"
     FROM deliveries d JOIN endpoints e ON e.id = d.endpoint_id
     WHERE d.id = $1 AND d.tenant_id = $2 AND ($3::uuid IS NULL OR e.subscriber_id = $3::uuid)
     FOR UPDATE OF d`,
    [id, scope.tenantId, scope.subscriberId],
  );
  return row ?? null;
}

/**
 * A new delivery of the same event to the same endpoint; the old one names it. Its id is of now, not of the event: pending deliveries must
 * lie in the last days' partitions, which are all that a claim looks at.
 */
export async function copyDelivery(database: Database, id: string): Promise<string> {
  const [row] = await database.query<{ id: string }>(
    `WITH moment AS MATERIALIZED (
       SELECT at, (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || right(gen_random_uuid()::text, 3)
                   || '8' || right(gen_random_uuid()::text, 3) || right(gen_random_uuid()::text, 12))::uuid AS id
       FROM (SELECT clock_timestamp() AS at) c
     ),
     made AS (
       INSERT INTO deliveries (id, tenant_id, endpoint_id, event_id, next_at, deadline, bytes, trigger, replay_of)
       SELECT m.id, d.tenant_id, d.endpoint_id, d.event_id, m.at, m.at + make_interval(secs => e.give_up_after_seconds), d.bytes, 'resend', d.id
       FROM moment m, deliveries d JOIN endpoints e ON e.id = d.endpoint_id
       WHERE d.id = $1
       RETURNING id
     ),
     named AS (UPDATE deliveries d SET replayed_by = made.id FROM made WHERE d.id = $1)
     SELECT id FROM made`,
    [id],
  );
  if (!row) throw new Error('The delivery to resend has gone');
  return row.id;
}

/** Its next attempt becomes now. */
export async function hurryDelivery(database: Database, id: string): Promise<void> {
  await database.query(
    `UPDATE deliveries SET next_at = least(next_at, clock_timestamp()) WHERE id = $1 AND state = 'pending'`,
    [id],
  );
}
