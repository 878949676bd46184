import type { Runner, Statement } from '../database.js';

/** What one attempt did to its delivery, and its record. */
export interface AttemptToSettle {
  deliveryId: string;
  endpointId: string;
  epoch: number;
  verdict: 'delivered' | 'retry' | 'dead' | 'cancelled';
  /** Of `dead` and `cancelled`. */
  reason: string | null;
  /** Of `retry`, milliseconds; null: it keeps its place, and its lane waits (`fifo`). */
  nextAt: number | null;
  /** Of `retry`: whether the schedule moves on. */
  advances: boolean;
  /** Attempts settled when this one was claimed: by this a row that was written before is known again. */
  seen: number;
  record: AttemptRecord;
}

export interface AttemptRecord {
  trigger: 'initial' | 'retry' | 'resend' | 'replay' | 'test';
  /** Milliseconds. */
  startedAt: number;
  durationMs: number;
  dnsMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
  firstByteMs: number | null;
  status: number | null;
  error: string | null;
  retryAfterUntil: number | null;
  url: string;
  contentType: string | null;
  retryAfter: string | null;
  location: string | null;
  body: Buffer | null;
  truncated: boolean;
}

/**
 * Writes what attempts did, over all lanes of a process at once. `delivered` always wins: at any epoch, also over `cancelled` and `dead` (the
 * receiver has it). A retry, a death or a test's failure is written only over `pending` and only by the lane's current epoch; the share lock
 * on the lane makes a takeover wait for this statement instead of slipping between its look and its write. Every attempt is recorded, with the
 * number that follows in its delivery, so a late settlement of a lost lease collides with nothing.
 *
 * Deliveries and lanes are sorted by the caller: this is the only multi-row write on pending deliveries that waits for row locks (all
 * others skip locked rows), and two of them lock in the same order. A settled row that the retention has dropped is left out.
 *
 * Indexes: primary keys; one partition a row. Nothing is joined with the locked lanes: under the hot planner that would be a nested loop over both.
 */
const SETTLE_ATTEMPTS: Statement = {
  name: 'settle-attempts',
  text: `
WITH settled AS MATERIALIZED (
  SELECT *
  FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::float8[], $7::boolean[], $8::text[], $9::float8[], $10::int[], $11::int[],
              $12::int[], $13::int[], $14::int[], $15::int[], $16::text[], $17::float8[], $18::text[], $19::text[], $20::text[], $21::text[], $22::int[],
              $23::int[], $24::boolean[], $27::int[])
    AS r (delivery_id, endpoint_id, epoch, verdict, reason, next_at, advances, trigger, started_at, duration_ms, dns_ms, connect_ms, tls_ms,
          first_byte_ms, status, error, retry_after_until, url, content_type, retry_after, location, body_at, body_bytes, truncated, seen)
),
locked AS MATERIALIZED (
  SELECT l.endpoint_id, l.epoch FROM unnest($25::uuid[]) AS f (endpoint_id) JOIN lanes l ON l.endpoint_id = f.endpoint_id FOR SHARE OF l
),
judged AS MATERIALIZED (
  SELECT r.*, (r.verdict = 'delivered') AS delivered, coalesce((f.epochs ->> r.endpoint_id::text)::bigint = r.epoch, false) AS current
  FROM settled r, (SELECT jsonb_object_agg(endpoint_id, epoch) AS epochs FROM locked) f
),
written AS (
  UPDATE deliveries d SET
    attempts = d.attempts + 1,
    state = CASE WHEN j.delivered THEN 'delivered'
                 WHEN d.state = 'pending' AND j.current AND j.verdict <> 'retry' THEN j.verdict::delivery_state ELSE d.state END,
    reason = CASE WHEN j.delivered THEN NULL
                  WHEN d.state = 'pending' AND j.current AND j.verdict <> 'retry' THEN j.reason::delivery_reason ELSE d.reason END,
    next_at = CASE WHEN d.state = 'pending' AND j.current AND j.verdict = 'retry' THEN coalesce(to_timestamp(j.next_at / 1000), d.next_at) ELSE d.next_at END,
    step = d.step + CASE WHEN d.state = 'pending' AND j.current AND j.verdict = 'retry' AND j.advances AND d.step < 1000 THEN 1 ELSE 0 END,
    settled_at = CASE WHEN d.state <> 'delivered' AND (j.delivered OR (d.state = 'pending' AND j.current AND j.verdict <> 'retry')) THEN clock_timestamp()
                      ELSE d.settled_at END
  FROM judged j
  WHERE d.id = j.delivery_id AND (NOT $28::boolean OR d.attempts <= j.seen OR (j.delivered AND d.state <> 'delivered'))
  RETURNING d.attempts AS number, d.state AS ends, j.*
),
recorded AS (
  INSERT INTO attempts (delivery_id, number, trigger, started_at, duration_ms, dns_ms, connect_ms, tls_ms, first_byte_ms, status, error,
                        retry_after_until, url, content_type, retry_after, location, body, truncated)
  SELECT delivery_id, number, trigger::attempt_trigger, to_timestamp(started_at / 1000), duration_ms, dns_ms, connect_ms, tls_ms, first_byte_ms,
         status, error, to_timestamp(retry_after_until / 1000), url, content_type, retry_after, location,
         CASE WHEN body_bytes >= 0 THEN substring($26::bytea FROM body_at + 1 FOR body_bytes) END, truncated
  FROM written
)
SELECT coalesce(array_agg(delivery_id) FILTER (WHERE verdict = 'retry' AND ends <> 'pending'), '{}') AS overtaken FROM written`,
};

/**
 * The deliveries that were to be tried again and are settled already: somebody cancelled them, or an older request reached the receiver.
 * `again`: it was tried before and the answer was lost; what had been committed is then left as it is (but `delivered` wins all the same). A
 * delivery may stand only once in a call: Postgres would apply one of its rows.
 */
export async function settleAttempts(
  runner: Runner,
  unsorted: readonly AttemptToSettle[],
  again = false,
): Promise<Set<string>> {
  const attempts = unsorted.toSorted((a, b) => (a.deliveryId < b.deliveryId ? -1 : 1));
  const bodies = joinBodies(attempts);
  const fenced = attempts.filter((attempt) => attempt.verdict !== 'delivered').map((attempt) => attempt.endpointId);
  const [row] = await runner.run<{ overtaken: string[] }>(SETTLE_ATTEMPTS, [
    ...verdictColumns(attempts),
    ...recordColumns(attempts.map(({ record }) => record)),
    bodies.starts,
    attempts.map(({ record }) => record.body?.length ?? -1),
    attempts.map(({ record }) => record.truncated),
    [...new Set(fenced)].sort(),
    bodies.all,
    attempts.map((a) => a.seen),
    again,
  ]);
  return new Set(row?.overtaken);
}

/** $1 to $7 */
function verdictColumns(attempts: readonly AttemptToSettle[]): unknown[] {
  return [
    column(attempts, (a) => a.deliveryId),
    column(attempts, (a) => a.endpointId),
    column(attempts, (a) => a.epoch),
    column(attempts, (a) => a.verdict),
    column(attempts, (a) => a.reason),
    column(attempts, (a) => a.nextAt),
    column(attempts, (a) => a.advances),
  ];
}

/** $8 to $21 */
function recordColumns(records: readonly AttemptRecord[]): unknown[] {
  return [
    column(records, (r) => r.trigger),
    column(records, (r) => r.startedAt),
    column(records, (r) => Math.round(r.durationMs)),
    column(records, (r) => r.dnsMs),
    column(records, (r) => r.connectMs),
    column(records, (r) => r.tlsMs),
    column(records, (r) => r.firstByteMs),
    column(records, (r) => r.status),
    column(records, (r) => r.error),
    column(records, (r) => r.retryAfterUntil),
    column(records, (r) => r.url),
    column(records, (r) => r.contentType),
    column(records, (r) => r.retryAfter),
    column(records, (r) => r.location),
  ];
}

/** A column without a value travels as an empty array: unnest fills it up with nulls. */
function column<Row>(rows: readonly Row[], pick: (row: Row) => unknown): unknown[] {
  const values = rows.map(pick);
  return values.every((value) => value === null) ? [] : values;
}

function joinBodies(attempts: readonly AttemptToSettle[]): { starts: number[]; all: Buffer } {
  let end = 0;
  const starts = attempts.map(({ record }) => (end += record.body?.length ?? 0) - (record.body?.length ?? 0));
  return { starts, all: Buffer.concat(attempts.flatMap(({ record }) => record.body ?? [])) };
}
