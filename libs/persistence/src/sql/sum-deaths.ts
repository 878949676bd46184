import type { Database } from '../database.js';

export interface DeathsOfReason {
  endpointId: string;
  reason: string;
  count: number;
  /** The youngest of these deliveries that was attempted; null: none was. */
  deliveryId: string | null;
}

/**
 * Dead letters by endpoint and reason that died from `from` to before `to` (milliseconds) and that nobody has sent again yet; tests are none.
 * The cost is that of reading the deaths. Index: deliveries_dead_by_time.
 */
export async function sumDeaths(database: Database, from: number, to: number): Promise<DeathsOfReason[]> {
  return database.query<DeathsOfReason>(
    `SELECT endpoint_id AS "endpointId", reason, count(*)::int AS count, (max(id::text) FILTER (WHERE attempts > 0))::uuid AS "deliveryId"
     FROM deliveries
     WHERE state = 'dead' AND replayed_by IS NULL AND trigger <> 'test'
       AND settled_at >= to_timestamp($1::float8 / 1000) AND settled_at < to_timestamp($2::float8 / 1000)
     GROUP BY endpoint_id, reason`,
    [from, to],
  );
}
