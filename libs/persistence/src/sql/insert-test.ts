import type { Database } from '../database.js';

export interface TestToInsert {
  tenantId: string;
  endpointId: string;
  type: string;
  payload: Buffer;
}

/** An event for one endpoint alone, and its delivery. Null: there is no such endpoint. Ids as in `publish-events`. */
export async function insertTest(database: Database, test: TestToInsert): Promise<string | null> {
  const [row] = await database.query<{ id: string }>(
    `WITH moment AS MATERIALIZED (
       SELECT at, lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || right(gen_random_uuid()::text, 3)
                  || '8' || right(gen_random_uuid()::text, 3) AS stem
       FROM (SELECT clock_timestamp() AS at) c
     ),
     target AS MATERIALIZED (
       SELECT e.id AS endpoint_id, e.subscriber_id, e.give_up_after_seconds, m.at,
              (m.stem || right(gen_random_uuid()::text, 12))::uuid AS event_id, (m.stem || right(gen_random_uuid()::text, 12))::uuid AS id
       FROM moment m, endpoints e WHERE e.id = $2 AND e.tenant_id = $1 AND e.deleted_at IS NULL
     ),
     stored AS (
       INSERT INTO events (id, tenant_id, subscriber_id, type, envelope, payload, fan_out)
       SELECT event_id, $1, subscriber_id, $3, true, $4, 1 FROM target
     )
     INSERT INTO deliveries (id, tenant_id, endpoint_id, event_id, next_at, deadline, bytes, trigger)
     SELECT id, $1, endpoint_id, event_id, at, at + make_interval(secs => give_up_after_seconds), length($4::bytea), 'test' FROM target
     RETURNING id`,
    [test.tenantId, test.endpointId, test.type, test.payload],
  );
  return row?.id ?? null;
}
