import type { Runner, Statement } from '../database.js';

export interface EndpointToDisable {
  endpointId: string;
  epoch: number;
  /** It answered 410, or it only failed for days. */
  reason: 'gone' | 'failing';
}

/**
 * Disables active endpoints, by the current epoch of their lanes only. The endpoint is locked before its lane is looked at, as the API does
 * when it resumes one. Rows in the order given: sort by endpoint. Indexes: primary keys.
 */
const DISABLE_ENDPOINTS: Statement = {
  name: 'disable-endpoints',
  text: `
WITH active AS MATERIALIZED (
  SELECT e.id, g.reason
  FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS g (endpoint_id, epoch, reason)
  JOIN endpoints e ON e.id = g.endpoint_id
  JOIN lanes l ON l.endpoint_id = g.endpoint_id AND l.epoch = g.epoch
  WHERE e.state = 'active' AND e.deleted_at IS NULL
  FOR NO KEY UPDATE OF e
)
UPDATE endpoints e SET state = 'disabled', state_reason = a.reason, state_since = clock_timestamp(), version = e.version + 1
FROM active a WHERE e.id = a.id
RETURNING e.id AS "endpointId"`,
};

/** Those that were active until now. */
export async function disableEndpoints(runner: Runner, endpoints: readonly EndpointToDisable[]): Promise<Set<string>> {
  const rows = await runner.run<{ endpointId: string }>(DISABLE_ENDPOINTS, [
    endpoints.map((endpoint) => endpoint.endpointId),
    endpoints.map((endpoint) => endpoint.epoch),
    endpoints.map((endpoint) => endpoint.reason),
  ]);
  return new Set(rows.map((row) => row.endpointId));
}
