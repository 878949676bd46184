import type { Database, Statement } from '../database.js';

export interface LoadedEvent {
  id: string;
  type: string;
  /** Milliseconds; null = the time of publishing, which is the id's. */
  occurredAt: number | null;
  envelope: boolean;
  payload: Buffer;
}

/** The bodies of claimed deliveries; events past their retention are missing in the answer. Index: primary key, one partition an id. */
const LOAD_EVENTS: Statement = {
  name: 'load-events',
  text: `
SELECT e.id, e.type, extract(epoch FROM e.occurred_at)::float8 * 1000 AS "occurredAt", e.envelope, e.payload
FROM unnest($1::uuid[]) AS r (id)
JOIN events e ON e.id = r.id`,
};

export async function loadEvents(database: Database, ids: readonly string[]): Promise<Map<string, LoadedEvent>> {
  const rows = await database.run<LoadedEvent>(LOAD_EVENTS, [ids]);
  return new Map(rows.map((row) => [row.id, row]));
}
