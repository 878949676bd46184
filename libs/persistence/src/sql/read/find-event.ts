import type { Database } from '../../database.js';
import { EVENT_COLUMNS } from './list-events.js';
import type { ListedEvent } from './list-events.js';

/** An event with its payload, in the bytes that were published. */
export interface FoundEvent extends ListedEvent {
  envelope: boolean;
  payload: Buffer;
}

/** One event of a tenant. Index: the primary key, one partition. */
export async function findEvent(database: Database, tenantId: string, id: string): Promise<FoundEvent | null> {
  const rows = await database.query<FoundEvent>(
    `SELECT ${EVENT_COLUMNS}, e.envelope, e.payload FROM events e WHERE e.id = $1 AND e.tenant_id = $2`,
    [id, tenantId],
  );
  return rows[0] ?? null;
}
