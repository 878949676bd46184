import type { Database } from '../../database.js';
import { Conditions } from './page.js';
import type { Page } from './page.js';

export interface EventFilter {
  tenantId: string;
  subscriberId: string | null;
  type: string | null;
  idempotencyKey: string | null;
}

/** An event without its payload. */
export interface ListedEvent {
  id: string;
  subscriberId: string | null;
  type: string;
  occurredAt: Date | null;
  idempotencyKey: string | null;
  fanOut: number;
}

export const EVENT_COLUMNS = `e.id, e.subscriber_id AS "subscriberId", e.type, e.occurred_at AS "occurredAt",
  e.idempotency_key AS "idempotencyKey", e.fan_out AS "fanOut"`;

/** Events of a tenant by id, newest or oldest first. Indexes: `events_by_tenant`, `events_by_subscriber` for one subscriber's. */
export async function listEvents(database: Database, filter: EventFilter, page: Page): Promise<ListedEvent[]> {
  const where = new Conditions()
    .add('e.tenant_id = ?', filter.tenantId)
    .add('e.subscriber_id = ?', filter.subscriberId)
    .add('e.type = ?', filter.type)
    .add('e.idempotency_key = ?', filter.idempotencyKey)
    .within('e.id', page);
  return database.query<ListedEvent>(
    `SELECT ${EVENT_COLUMNS} FROM events e WHERE ${where.sql()} ORDER BY e.id ${page.order} LIMIT ${where.bind(page.limit)}`,
    where.values,
  );
}
