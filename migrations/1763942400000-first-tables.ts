import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Everything the path of an event needs, in the order of the path. `events`, `deliveries` and `attempts` are partitioned by day on a UUIDv7
 * (the id is the time); their partitions are made by `ensurePartitions`, never here. No foreign keys on the three: a partition must be
 * droppable without touching anything else.
 */
export class FirstTables1763942400000 implements MigrationInterface {
  readonly name = 'FirstTables1763942400000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TYPES, ...OWNERS, ...ENDPOINTS, ...PATH, ...LANES, ...BOOKS])
      await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES_IN_ORDER.toReversed()) await runner.query(`DROP TABLE ${table}`);
    for (const type of ['attempt_trigger', 'delivery_reason', 'delivery_state'])
      await runner.query(`DROP TYPE ${type}`);
  }
}

const TABLES_IN_ORDER = (
  'tenants api_keys operators subscribers event_types endpoints endpoint_secrets ' +
  'events deliveries attempts idempotency_keys lanes chores audit'
).split(' ');

const TYPES = [
  `CREATE TYPE delivery_state AS ENUM ('pending', 'delivered', 'dead', 'cancelled')`,
  `CREATE TYPE delivery_reason AS ENUM ('expired', 'gone', 'payload_too_large', 'payload_expired', 'config_error',
     'cancelled', 'endpoint_deleted', 'purged', 'test_failed')`,
  `CREATE TYPE attempt_trigger AS ENUM ('initial', 'retry', 'resend', 'replay', 'test')`,
];

const OWNERS = [
  `CREATE TABLE tenants (
     id uuid PRIMARY KEY,
     name text NOT NULL,
     https_only boolean NOT NULL DEFAULT false,
     strict_event_types boolean NOT NULL DEFAULT false,
     max_broadcast integer NOT NULL DEFAULT 10000,
     allowed_ports integer[] NOT NULL DEFAULT '{}',
     suspended_at timestamptz,
     created_at timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,
  `CREATE TABLE api_keys (
     id uuid PRIMARY KEY,
     tenant_id uuid NOT NULL REFERENCES tenants (id),
     role text NOT NULL CHECK (role IN ('tenant', 'publisher', 'subscriber')),
     scope text CHECK (scope IN ('manage', 'read')),
     subscriber_id uuid,
     name text NOT NULL,
     hash bytea NOT NULL UNIQUE,
     last4 text NOT NULL,
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     expires_at timestamptz,
     last_used_at timestamptz,
     revoked_at timestamptz,
     CHECK ((role = 'subscriber') = (subscriber_id IS NOT NULL AND scope IS NOT NULL))
   )`,
  `CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id, id)`,
  `CREATE TABLE operators (
     id uuid PRIMARY KEY,
     name text NOT NULL,
     role text NOT NULL CHECK (role IN ('viewer', 'operator', 'owner')),
     hash bytea NOT NULL UNIQUE,
     last4 text NOT NULL,
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     expires_at timestamptz,
     last_used_at timestamptz,
     revoked_at timestamptz
   )`,
  `CREATE TABLE subscribers (
     id uuid PRIMARY KEY,
     tenant_id uuid NOT NULL REFERENCES tenants (id),
     uid text,
     name text NOT NULL,
     metadata jsonb NOT NULL DEFAULT '{}',
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     deleted_at timestamptz
   )`,
  `CREATE UNIQUE INDEX subscribers_by_uid ON subscribers (tenant_id, uid) WHERE deleted_at IS NULL`,
  `CREATE INDEX subscribers_by_tenant ON subscribers (tenant_id, id)`,
  `CREATE TABLE event_types (
     tenant_id uuid NOT NULL REFERENCES tenants (id),
     name text NOT NULL,
     description text,
     schema text,
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     PRIMARY KEY (tenant_id, name)
   )`,
];

const ENDPOINTS = [
  `CREATE TABLE endpoints (
     id uuid PRIMARY KEY,
     tenant_id uuid NOT NULL REFERENCES tenants (id),
     subscriber_id uuid NOT NULL REFERENCES subscribers (id),
     uid text,
     url text NOT NULL,
     description text,
     event_types text[],
     match_keys text[] NOT NULL,
     system boolean NOT NULL DEFAULT false,
     payload text NOT NULL DEFAULT 'full' CHECK (payload IN ('full', 'thin')),
     ordering text NOT NULL DEFAULT 'none' CHECK (ordering IN ('none', 'fifo')),
     signature text NOT NULL DEFAULT 'v1' CHECK (signature IN ('v1', 'v1a')),
     concurrency integer NOT NULL DEFAULT 10,
     rate_per_second double precision,
     timeout_ms integer NOT NULL DEFAULT 15000,
     retry_initial_delay_seconds double precision NOT NULL DEFAULT 5,
     retry_factor double precision NOT NULL DEFAULT 3,
     retry_max_delay_seconds double precision NOT NULL DEFAULT 43200,
     give_up_after_seconds integer NOT NULL DEFAULT 259200,
     headers_sealed bytea,
     header_names text[] NOT NULL DEFAULT '{}',
     metadata jsonb NOT NULL DEFAULT '{}',
     state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'disabled')),
     state_reason text,
     state_since timestamptz NOT NULL DEFAULT clock_timestamp(),
     version integer NOT NULL DEFAULT 1,
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     deleted_at timestamptz
   )`,
  `CREATE UNIQUE INDEX endpoints_by_uid ON endpoints (subscriber_id, uid) WHERE deleted_at IS NULL`,
  `CREATE INDEX endpoints_by_subscriber ON endpoints (subscriber_id, id) WHERE deleted_at IS NULL`,
  `CREATE INDEX endpoints_by_tenant ON endpoints (tenant_id, id) WHERE deleted_at IS NULL`,
  `CREATE INDEX endpoints_by_match_key ON endpoints USING gin (match_keys) WHERE deleted_at IS NULL`,
  `CREATE TABLE endpoint_secrets (
     id uuid PRIMARY KEY,
     endpoint_id uuid NOT NULL REFERENCES endpoints (id),
     sealed bytea NOT NULL,
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     expires_at timestamptz
   )`,
  `CREATE INDEX endpoint_secrets_by_endpoint ON endpoint_secrets (endpoint_id, id)`,
];

const PATH = [
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

const LANES = [
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

const BOOKS = [
  `CREATE TABLE idempotency_keys (
     tenant_id uuid NOT NULL,
     scope text NOT NULL,
     key text NOT NULL,
     fingerprint bytea NOT NULL,
     event_id uuid,
     deliveries integer,
     status smallint,
     response_sealed bytea,
     expires_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '24 hours',
     PRIMARY KEY (tenant_id, scope, key)
   )`,
  `CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at)`,
  `CREATE TABLE audit (
     id uuid PRIMARY KEY,
     tenant_id uuid,
     actor_kind text NOT NULL,
     actor_id uuid,
     action text NOT NULL,
     target_kind text,
     target_id uuid,
     detail jsonb NOT NULL DEFAULT '{}',
     request_id text,
     at timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,
  `CREATE INDEX audit_by_tenant ON audit (tenant_id, id)`,
];
