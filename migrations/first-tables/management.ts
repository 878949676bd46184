/** Who owns what: tenants and their keys, subscribers, the catalogue. */
export const OWNERS = [
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

export const ENDPOINTS = [
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
  `CREATE INDEX endpoints_by_subscriber ON endpoints (subscriber_id, id)`,
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

/** What is remembered beside the path: answers to idempotency keys, and who did what. */
export const BOOKS = [
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
