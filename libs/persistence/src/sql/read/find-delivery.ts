import type { Database } from '../../database.js';
import { DELIVERY_COLUMNS, DELIVERY_JOINS } from './list-deliveries.js';
import type { ListedDelivery } from './list-deliveries.js';

/** One delivery of a tenant, of one of a subscriber's endpoints when that is given. Index: the primary key, one partition. */
export async function findDelivery(
  database: Database,
  tenantId: string,
  id: string,
  subscriberId: string | null,
): Promise<ListedDelivery | null> {
  const rows = await database.query<ListedDelivery>(
    `SELECT ${DELIVERY_COLUMNS} FROM deliveries d ${DELIVERY_JOINS}
     WHERE d.id = $1 AND d.tenant_id = $2 AND ($3::uuid IS NULL OR p.subscriber_id = $3)`,
    [id, tenantId, subscriberId],
  );
  return rows[0] ?? null;
}
