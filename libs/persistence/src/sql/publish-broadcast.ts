import type { Runner, Statement } from '../database.js';
import type { EventRow } from './publish-events.js';

/**
 * One event to every matching endpoint of the tenant, by itself: a wide fan-out must not be waited for by the publishes of a group. More
 * matches than $9 store nothing. Ids as in `publish-events`. The subscriber that receives notices (`system`) is never among the recipients.
 *
 * Indexes: endpoints_by_tenant with endpoints_by_match_key.
 */
const PUBLISH_BROADCAST: Statement = {
  name: 'publish-broadcast',
  text: `
WITH input AS MATERIALIZED (
  SELECT at,
         (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(floor(extract(epoch FROM at) * 1000000 - ms * 1000)::bigint * 4096 / 1000), 3, '0')
           || '8000' || right(gen_random_uuid()::text, 12))::uuid AS id
  FROM (SELECT at, floor(extract(epoch FROM at) * 1000)::bigint AS ms FROM (SELECT clock_timestamp() AS at) c) d
),
matched AS MATERIALIZED (
  SELECT e.id AS endpoint_id, e.give_up_after_seconds
  FROM input i, endpoints e
  WHERE e.tenant_id = $1 AND e.deleted_at IS NULL AND NOT e.system
    AND e.match_keys && $3::text[]
    AND (e.state <> 'disabled' OR e.state_since > i.at - interval '72 hours')
  LIMIT $9::int + 1
),
counted AS MATERIALIZED (SELECT count(*)::int AS fan_out, array_agg(endpoint_id) AS endpoint_ids FROM matched),
accepted AS MATERIALIZED (SELECT i.id, i.at, c.fan_out FROM input i, counted c WHERE c.fan_out <= $9::int),
remembered AS (
  INSERT INTO idempotency_keys (tenant_id, scope, key, fingerprint, event_id, deliveries)
  SELECT $1, 'events', $7::text, $8::bytea, a.id, a.fan_out FROM accepted a WHERE $7::text IS NOT NULL
),
stored AS (
  INSERT INTO events (id, tenant_id, subscriber_id, type, occurred_at, envelope, payload, idempotency_key, fan_out)
  SELECT a.id, $1, NULL, $2, to_timestamp($4::float8 / 1000), $5, $6, $7, a.fan_out FROM accepted a
),
fanned_out AS (
  INSERT INTO deliveries (id, tenant_id, endpoint_id, event_id, next_at, deadline, bytes)
  SELECT (left(replace(a.id::text, '-', ''), 20) || right(gen_random_uuid()::text, 12))::uuid,
         $1, m.endpoint_id, a.id, a.at, a.at + make_interval(secs => m.give_up_after_seconds), length($6::bytea)
  FROM accepted a, matched m
)
SELECT i.id, c.fan_out AS deliveries, c.endpoint_ids AS "endpointIds", (c.fan_out <= $9::int) AS accepted
FROM input i, counted c`,
};

export interface StoredBroadcast {
  id: string;
  deliveries: number;
  endpointIds: string[];
  /** False: more than `maxBroadcast` endpoints match, nothing was stored. */
  accepted: boolean;
}

/** Fails with 23505 on `idempotency_keys_pkey` when the event's key is remembered already. */
export async function publishBroadcast(
  runner: Runner,
  event: EventRow,
  maxBroadcast: number,
): Promise<StoredBroadcast> {
  const [row] = await runner.run<Omit<StoredBroadcast, 'endpointIds'> & { endpointIds: string[] | null }>(
    PUBLISH_BROADCAST,
    [
      event.tenantId,
      event.type,
      event.matchKeys,
      event.occurredAt,
      event.envelope,
      event.payload,
      event.idempotencyKey,
      event.fingerprint,
      maxBroadcast,
    ],
  );
  if (!row) throw new Error('publish-broadcast answered without a row');
  return { ...row, endpointIds: row.endpointIds ?? [] };
}
