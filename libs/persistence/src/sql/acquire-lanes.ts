import type { StoredFlow } from '#core';
import type { Database, Statement } from '../database.js';
import type { PendingIds } from './pending-ids.js';

export interface LaneAcquired {
  endpointId: string;
  /** False: somebody else holds it; a knock was left. */
  acquired: boolean;
  /** The lease's number; settlements of retries and deaths carry it. */
  epoch: number;
  version: number;
  /** How many requests may be in flight until a renewal has granted more. */
  granted: number;
  /** How many an expired holder may still have open, on top of that … */
  inherited: number;
  /** … until then; milliseconds, null = none. */
  inheritedUntil: number | null;
  /** How long an attempt may last by the endpoint that this was read of; milliseconds. */
  timeoutMs: number;
  /** As the last holder left it; null = as in a lane nobody knows. */
  flow: StoredFlow | null;
  /** False: the endpoint is paused, disabled or deleted; only tests may be sent. */
  active: boolean;
}

/** What a holder is granted at first: enough for a lane that is opened for an event or two, little to wait for if it dies. */
const FIRST_GRANT = 4;

/**
 * Takes lanes that nobody holds, or whose lease has ended. What the last holder of an *expired* lease was granted counts as still in flight
 * until lease end + timeout (its sockets may be open), on top of what it had inherited itself; a *released* lane has granted nothing.
 * A held lane gets its knock in the same statement: whoever releases it then goes on. A free lane that is paused is left alone (it has its
 * `wake_at`), unless a test waits and no `Retry-After` forbids it, or it waits for its head and need not keep the order any more. Claiming is a statement of its own: this one may have
 * waited for the row with an old snapshot, which would show deliveries that the last holder settled as still pending.
 *
 * now() and not clock_timestamp(): every CASE of a row must give the same answer. It is the statement's start, so a lease can only look
 * longer than it is.
 *
 * Rows are taken in the order given: sort by endpoint. Indexes: primary keys, deliveries_pending_tests.
 */
const ACQUIRE_LANES: Statement = {
  name: 'acquire-lanes',
  text: `
WITH wanted AS MATERIALIZED (
  SELECT e.id AS endpoint_id, e.tenant_id, e.concurrency, e.timeout_ms
  FROM unnest($1::uuid[]) WITH ORDINALITY AS w (endpoint_id, ord)
  JOIN endpoints e ON e.id = w.endpoint_id
  ORDER BY w.ord
),
taken AS (
  INSERT INTO lanes AS l (endpoint_id, tenant_id, holder, epoch, lease_until, granted, timeout_ms)
  SELECT endpoint_id, tenant_id, $2::uuid, 1, now() + make_interval(secs => $3::float8 / 1000), least(concurrency, ${FIRST_GRANT}), timeout_ms FROM wanted
  ON CONFLICT (endpoint_id) DO UPDATE SET
    holder = CASE WHEN l.lease_until > now() THEN l.holder ELSE excluded.holder END,
    epoch = CASE WHEN l.lease_until > now() THEN l.epoch ELSE l.epoch + 1 END,
    lease_until = CASE WHEN l.lease_until > now() THEN l.lease_until ELSE excluded.lease_until END,
    knocked = coalesce(l.lease_until > now(), false),
    wake_at = CASE WHEN l.lease_until > now() THEN l.wake_at END,
    inherited = CASE WHEN l.lease_until > now() THEN l.inherited
                     ELSE l.granted + CASE WHEN l.inherited_until > now() THEN l.inherited ELSE 0 END END,
    inherited_until = CASE WHEN l.lease_until > now() OR l.granted = 0 THEN l.inherited_until
                           ELSE greatest(l.inherited_until, l.lease_until + make_interval(secs => l.timeout_ms / 1000.0 + 1)) END,
    timeout_ms = CASE WHEN l.lease_until > now() THEN l.timeout_ms ELSE excluded.timeout_ms END,
    granted = CASE WHEN l.lease_until > now() THEN l.granted
                   ELSE greatest(0, least(greatest(${FIRST_GRANT}, 2 * (l.flow -> 'window' ->> 'size')::int),
                          (SELECT e.concurrency FROM endpoints e WHERE e.id = l.endpoint_id) - l.granted
                          - CASE WHEN l.inherited_until > now() THEN l.inherited ELSE 0 END)) END
  WHERE l.lease_until IS NOT NULL OR coalesce(l.paused_until <= now(), true)
     OR (l.pause_reason = 'order' AND (SELECT e.ordering FROM endpoints e WHERE e.id = l.endpoint_id) <> 'fifo')
     OR (l.pause_reason <> 'retry_after' AND EXISTS (
          SELECT 1 FROM deliveries d WHERE d.endpoint_id = l.endpoint_id AND d.state = 'pending' AND d.trigger = 'test' AND d.id BETWEEN $4::uuid AND $5::uuid))
  RETURNING l.endpoint_id, l.holder, l.epoch, l.granted, l.inherited, l.inherited_until, l.knocked, l.flow, l.timeout_ms
)
SELECT t.endpoint_id AS "endpointId", (t.holder = $2::uuid AND NOT t.knocked) AS acquired, t.epoch, t.granted, t.inherited, t.flow, t.timeout_ms AS "timeoutMs",
       CASE WHEN t.inherited > 0 AND t.inherited_until > now() THEN extract(epoch FROM t.inherited_until)::float8 * 1000 END AS "inheritedUntil",
       e.version, (e.state = 'active' AND e.deleted_at IS NULL) AS active
FROM taken t JOIN endpoints e ON e.id = t.endpoint_id`,
};

/** Unknown endpoints, and lanes that sleep, have no answer. `holder` is the process. */
export async function acquireLanes(
  database: Database,
  endpointIds: readonly string[],
  holder: string,
  leaseMs: number,
  ids: PendingIds,
): Promise<LaneAcquired[]> {
  return database.run<LaneAcquired>(ACQUIRE_LANES, [endpointIds, holder, leaseMs, ids.oldest, ids.newest]);
}
