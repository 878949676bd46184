export const TYPES = [
  `CREATE TYPE delivery_state AS ENUM ('pending', 'delivered', 'dead', 'cancelled')`,
  `CREATE TYPE delivery_reason AS ENUM ('expired', 'gone', 'payload_too_large', 'payload_expired', 'config_error',
     'cancelled', 'endpoint_deleted', 'purged', 'test_failed')`,
  `CREATE TYPE attempt_trigger AS ENUM ('initial', 'retry', 'resend', 'replay', 'test')`,
];

/** Partitioned by day on a UUIDv7: the id is the time. */
export const PATH = [
  `CREATE TABLE events (
     id uuid NOT NULL PRIMARY KEY,
     tenant_id uuid NOT NULL,
     subscriber_id uuid,
     type text NOT NULL,
     occurred_at timestamptz,
     envelope boolean NOT NULL,
     payload bytea NOT NULL,
     idempotency_key text,
     fan_out integer NOT NULL
   ) PARTITION BY RANGE (id)`,
  `CREATE INDEX events_by_tenant ON events (tenant_id, id)`,
  `CREATE INDEX events_by_idempotency_key ON events (tenant_id, idempotency_key) WHERE idempotency_key IS NOT NULL`,
  `CREATE INDEX events_by_subscriber ON events (subscriber_id, id) WHERE subscriber_id IS NOT NULL`,
  `CREATE TABLE deliveries (
     id uuid NOT NULL PRIMARY KEY,
     tenant_id uuid NOT NULL,
     endpoint_id uuid NOT NULL,
     event_id uuid NOT NULL,
     next_at timestamptz NOT NULL,
     deadline timestamptz NOT NULL,
     settled_at timestamptz,
     bytes integer NOT NULL,
     attempts integer NOT NULL DEFAULT 0,
     step smallint NOT NULL DEFAULT 0,
     state delivery_state NOT NULL DEFAULT 'pending',
     reason delivery_reason,
     trigger attempt_trigger NOT NULL DEFAULT 'initial',
     replay_of uuid,
     replayed_by uuid,
     replay_id uuid
   ) PARTITION BY RANGE (id)`,
  `CREATE INDEX deliveries_pending_by_lane ON deliveries (endpoint_id, next_at, id) WHERE state = 'pending'`,
  `CREATE INDEX deliveries_pending_by_deadline ON deliveries (deadline) WHERE state = 'pending'`,
  // A test is sent even on a paused lane: it must be found without reading the backlog that waits there.
  `CREATE INDEX deliveries_pending_tests ON deliveries (endpoint_id) WHERE state = 'pending' AND trigger = 'test'`,
  `CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint_id, id)`,
  `CREATE INDEX deliveries_by_tenant ON deliveries (tenant_id, id)`,
  `CREATE INDEX deliveries_dead_by_tenant ON deliveries (tenant_id, id) WHERE state = 'dead'`,
  `CREATE TABLE attempts (
     delivery_id uuid NOT NULL,
     number integer NOT NULL,
     trigger attempt_trigger NOT NULL,
     started_at timestamptz NOT NULL,
     duration_ms integer NOT NULL,
     dns_ms integer,
     connect_ms integer,
     tls_ms integer,
     first_byte_ms integer,
     status smallint,
     error text,
     retry_after_until timestamptz,
     url text NOT NULL,
     content_type text,
     retry_after text,
     location text,
     body bytea,
     truncated boolean NOT NULL DEFAULT false,
     PRIMARY KEY (delivery_id, number)
   ) PARTITION BY RANGE (delivery_id)`,
];

export const LANES = [
  // Written a few times a second while a lane is worked: room in the page for the new row version keeps that from spreading over pages.
  `CREATE TABLE lanes (
     endpoint_id uuid PRIMARY KEY,
     tenant_id uuid NOT NULL,
     holder uuid,
     epoch bigint NOT NULL DEFAULT 0,
     lease_until timestamptz,
     granted integer NOT NULL DEFAULT 0,
     timeout_ms integer NOT NULL DEFAULT 30000,
     inherited integer NOT NULL DEFAULT 0,
     inherited_until timestamptz,
     knocked boolean NOT NULL DEFAULT false,
     wake_at timestamptz,
     paused_until timestamptz,
     pause_reason text,
     flow jsonb
   ) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02)`,
  `CREATE INDEX lanes_by_wake ON lanes (wake_at) WHERE wake_at IS NOT NULL`,
  `CREATE INDEX lanes_by_lease ON lanes (lease_until) WHERE lease_until IS NOT NULL`,
  `CREATE TABLE chores (
     name text PRIMARY KEY,
     due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     taken_by uuid
   )`,
];
