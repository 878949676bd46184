import type { Database, Statement } from '../database.js';

/** What a holder must know of an endpoint to send to it. Secrets and headers are still sealed. */
export interface LoadedEndpoint {
  id: string;
  tenantId: string;
  version: number;
  url: string;
  /** Of its tenant. */
  httpsOnly: boolean;
  allowedPorts: number[];
  payload: 'full' | 'thin';
  ordering: 'none' | 'fifo';
  concurrency: number;
  ratePerSecond: number | null;
  timeoutMs: number;
  retryInitialDelaySeconds: number;
  retryFactor: number;
  retryMaxDelaySeconds: number;
  giveUpAfterSeconds: number;
  headersSealed: Buffer | null;
  /** False: paused, disabled or deleted. */
  active: boolean;
  /** It belongs to the subscriber that receives the notices: there are none about it. */
  system: boolean;
  /** Milliseconds; null = never. */
  resumedAt: number | null;
  movedAt: number | null;
  createdAt: number;
  /** The current one, then the newest first; base64 of the sealed secret, milliseconds (null = current). */
  secrets: { sealed: string; expiresAt: number | null }[];
}

/** Indexes: primary keys, endpoint_secrets_by_endpoint. */
const LOAD_ENDPOINTS: Statement = {
  name: 'load-endpoints',
  text: `
SELECT e.id, e.tenant_id AS "tenantId", e.version, e.url, t.https_only AS "httpsOnly", t.allowed_ports AS "allowedPorts", e.payload, e.ordering, e.concurrency, e.rate_per_second AS "ratePerSecond", e.timeout_ms AS "timeoutMs",
       e.retry_initial_delay_seconds AS "retryInitialDelaySeconds", e.retry_factor AS "retryFactor",
       e.retry_max_delay_seconds AS "retryMaxDelaySeconds", e.give_up_after_seconds AS "giveUpAfterSeconds",
       e.headers_sealed AS "headersSealed", (e.state = 'active' AND e.deleted_at IS NULL) AS active, e.system,
       extract(epoch FROM e.resumed_at)::float8 * 1000 AS "resumedAt", extract(epoch FROM e.moved_at)::float8 * 1000 AS "movedAt",
       extract(epoch FROM e.created_at)::float8 * 1000 AS "createdAt",
       coalesce((SELECT json_agg(json_build_object('sealed', encode(s.sealed, 'base64'), 'expiresAt', extract(epoch FROM s.expires_at) * 1000)
                                 ORDER BY (s.expires_at IS NULL) DESC, s.id DESC)
                 FROM endpoint_secrets s
                 WHERE s.endpoint_id = e.id AND (s.expires_at IS NULL OR s.expires_at > now())), '[]') AS secrets
FROM unnest($1::uuid[]) AS r (id)
JOIN endpoints e ON e.id = r.id
JOIN tenants t ON t.id = e.tenant_id`,
};

export async function loadEndpoints(database: Database, ids: readonly string[]): Promise<Map<string, LoadedEndpoint>> {
  const rows = await database.run<LoadedEndpoint>(LOAD_ENDPOINTS, [ids]);
  return new Map(rows.map((row) => [row.id, row]));
}
