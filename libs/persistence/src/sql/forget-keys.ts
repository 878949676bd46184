import type { Database } from '../database.js';

const CHUNK = 5_000;

/** Idempotency keys past their day, in chunks. Index: idempotency_keys_by_expiry. */
export async function forgetKeys(database: Database): Promise<void> {
  let forgotten: number;
  do {
    const rows = await database.query<{ count: number }>(
      `WITH gone AS (
         DELETE FROM idempotency_keys WHERE (tenant_id, scope, key) IN (
           SELECT tenant_id, scope, key FROM idempotency_keys WHERE expires_at <= now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING 1)
       SELECT count(*)::int AS count FROM gone`,
      [CHUNK],
    );
    forgotten = rows[0]?.count ?? 0;
  } while (forgotten === CHUNK);
}
