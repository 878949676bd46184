import type { Database } from '../database.js';

/** So many tests at once, and then one each interval. */
export interface TestRate {
  burst: number;
  intervalSeconds: number;
}

/**
 * One test more for an endpoint, if its rate allows: null = yes; else in how many seconds. One timestamp in the endpoint's row (GCRA), so that
 * all processes count together; no holder need hear of it, so its version stays. An unknown endpoint has no rate.
 */
export async function takeTest(
  database: Database,
  of: { tenantId: string; endpointId: string },
  { burst, intervalSeconds }: TestRate,
): Promise<number | null> {
  const [row] = await database.query<{ taken: boolean; seconds: number }>(
    `WITH taken AS (
       UPDATE endpoints SET tests_until = greatest(tests_until, clock_timestamp()) + make_interval(secs => $3)
       WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
         AND (tests_until IS NULL OR tests_until <= clock_timestamp() + make_interval(secs => $4))
       RETURNING id
     )
     SELECT EXISTS (SELECT FROM taken) AS taken, extract(epoch FROM tests_until - clock_timestamp())::float8 - $4 AS seconds
     FROM endpoints WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`,
    [of.tenantId, of.endpointId, intervalSeconds, (burst - 1) * intervalSeconds],
  );
  return row === undefined || row.taken ? null : Math.max(1, Math.ceil(row.seconds));
}
