import type { Runner, Statement } from '../database.js';

/** One event as it is stored; `null` recipient = broadcast. */
export interface EventRow {
  tenantId: string;
  subscriberId: string | null;
  type: string;
  /** The keys a filter may match the type under, see `matchKeys`. */
  matchKeys: readonly string[];
  /** Milliseconds; null = the time of publishing. */
  occurredAt: number | null;
  envelope: boolean;
  payload: Buffer;
  idempotencyKey: string | null;
  fingerprint: Buffer | null;
}

export interface StoredEvent {
  id: string;
  deliveries: number;
  /** The endpoints that have something to do now. */
  endpointIds: string[];
}

/**
 * Many events, their fan-out and their idempotency keys in one statement, so that an event is there with all its deliveries or not at all.
 *
 * Ids are made here, of the database's clock: 48 bits of milliseconds, 12 of the fraction below them, 14 of the position in this statement,
 * 48 random. So the order of ids is the order of insertion, whichever process published, which is what `fifo` promises. A delivery's id
 * begins with its event's first ten bytes: all deliveries of an event are one range of the primary key.
 *
 * Payloads come as one buffer and lengths: an array of bytea would travel as hexadecimal text.
 *
 * A key that exists already fails the whole statement (23505 on idempotency_keys): the caller then goes request by request. Keys are
 * inserted in key order, so that two groups never wait for each other in a circle.
 *
 * No two of its parts are joined with each other: with the hot pool's planner that is a nested loop over both (a test that publishes 12 × 5,000: 62 s, now 6 s).
 *
 * Indexes: endpoints_by_subscriber.
 */
const PUBLISH_EVENTS: Statement = {
  name: 'publish-events',
  text: `
WITH moment AS MATERIALIZED (
  SELECT at, lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(floor(extract(epoch FROM at) * 1000000 - ms * 1000)::bigint * 4096 / 1000), 3, '0') AS stem
  FROM (SELECT at, floor(extract(epoch FROM at) * 1000)::bigint AS ms FROM (SELECT clock_timestamp() AS at) c) d
),
input AS MATERIALIZED (
  SELECT i.*, m.at, (m.stem || to_hex(32767 + i.ord) || right(gen_random_uuid()::text, 12))::uuid AS id
  FROM moment m,
       unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::float8[], $6::boolean[], $7::int[], $8::int[], $9::text[], $10::text[])
         WITH ORDINALITY AS i (tenant_id, subscriber_id, type, match_keys, occurred_at, envelope, starts, bytes, key, fingerprint, ord)
),
planned AS MATERIALIZED (
  SELECT i.*, coalesce(cardinality(m.endpoint_ids), 0) AS fan_out, m.endpoint_ids, m.give_up_after
  FROM input i
  LEFT JOIN LATERAL (
    SELECT array_agg(e.id) AS endpoint_ids, array_agg(e.give_up_after_seconds) AS give_up_after
    FROM endpoints e
    WHERE e.subscriber_id = i.subscriber_id AND e.tenant_id = i.tenant_id AND e.deleted_at IS NULL
      AND e.match_keys && string_to_array(i.match_keys, ' ')
      AND (e.state <> 'disabled' OR e.state_since > i.at - interval '72 hours')
  ) m ON true
),
remembered AS (
  INSERT INTO idempotency_keys (tenant_id, scope, key, fingerprint, event_id, deliveries)
  SELECT tenant_id, 'events', key, decode(fingerprint, 'hex'), id, fan_out
  FROM planned WHERE key IS NOT NULL
  ORDER BY tenant_id, key
),
stored AS (
  INSERT INTO events (id, tenant_id, subscriber_id, type, occurred_at, envelope, payload, idempotency_key, fan_out)
  SELECT id, tenant_id, subscriber_id, type, to_timestamp(occurred_at / 1000), envelope, substring($11::bytea FROM starts + 1 FOR bytes), key, fan_out
  FROM planned
),
fanned_out AS (
  INSERT INTO deliveries (id, tenant_id, endpoint_id, event_id, next_at, deadline, bytes)
  SELECT (left(replace(p.id::text, '-', ''), 20) || right(gen_random_uuid()::text, 12))::uuid,
         p.tenant_id, m.endpoint_id, p.id, p.at, p.at + make_interval(secs => m.give_up_after), p.bytes
  FROM planned p, unnest(p.endpoint_ids, p.give_up_after) AS m (endpoint_id, give_up_after)
)
SELECT id, fan_out AS deliveries, endpoint_ids AS "endpointIds" FROM planned ORDER BY ord`,
};

/** Fails with 23505 on `idempotency_keys_pkey` when a key of `events` is remembered already; then nothing is stored. Answers in order. */
export async function publishEvents(runner: Runner, events: readonly EventRow[]): Promise<StoredEvent[]> {
  const { starts, all } = joinPayloads(events);
  const rows = await runner.run<{ id: string; deliveries: number; endpointIds: string[] | null }>(PUBLISH_EVENTS, [
    events.map((event) => event.tenantId),
    events.map((event) => event.subscriberId),
    events.map((event) => event.type),
    events.map((event) => event.matchKeys.join(' ')),
    events.map((event) => event.occurredAt),
    events.map((event) => event.envelope),
    starts,
    events.map((event) => event.payload.length),
    events.map((event) => event.idempotencyKey),
    events.map((event) => event.fingerprint?.toString('hex') ?? null),
    all,
  ]);
  return rows.map((row) => ({ ...row, endpointIds: row.endpointIds ?? [] }));
}

function joinPayloads(events: readonly EventRow[]): { starts: number[]; all: Buffer } {
  let end = 0;
  const starts = events.map((event) => (end += event.payload.length) - event.payload.length);
  return { starts, all: Buffer.concat(events.map((event) => event.payload)) };
}
