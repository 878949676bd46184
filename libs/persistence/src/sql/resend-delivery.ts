import type { Database } from '../database.js';
import { copyDeliveries } from './copy-deliveries.js';

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

/** A new delivery of the same event to the same endpoint; it must be one that `findResendable` has locked, settled and without a successor. */
export async function copyDelivery(database: Database, id: string): Promise<string> {
  const [copy] = await copyDeliveries(database, [id], { trigger: 'resend', replayId: null });
  if (copy === undefined) throw new Error('The delivery to resend has gone');
  return copy;
}

/** Its next attempt becomes now. */
export async function hurryDelivery(database: Database, id: string): Promise<void> {
  await database.query(
    `UPDATE deliveries SET next_at = least(next_at, clock_timestamp()) WHERE id = $1 AND state = 'pending'`,
    [id],
  );
}
