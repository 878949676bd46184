import type { Database, Statement } from '../database.js';
import { flowColumns } from './lane-flow.js';
import type { LaneFlow } from './lane-flow.js';

export interface LeaseToRenew {
  endpointId: string;
  epoch: number;
  /** The window the holder wants to use: written here first, used after. */
  granted: number;
  /** Longest attempt the holder will make, milliseconds. */
  timeoutMs: number;
  /** Null: what is stored stays (a change of it is on its way with a settlement). */
  flow: LaneFlow | null;
}

/**
 * Prolongs leases of the current epoch; who is missing in the answer has lost its lane. Rows in the order given: sort by endpoint. The flow
 * state goes along, for whoever looks at the endpoint's health, and for the next holder if this one dies.
 * Index: primary key.
 */
const RENEW_LEASES: Statement = {
  name: 'renew-leases',
  text: `
UPDATE lanes l
SET lease_until = clock_timestamp() + make_interval(secs => $5::float8 / 1000), granted = r.granted, timeout_ms = greatest(l.timeout_ms, r.timeout_ms),
  flow = CASE WHEN r.at >= coalesce((l.flow ->> 'at')::float8, 0) THEN r.flow ELSE l.flow END,
  paused_until = CASE WHEN r.at >= coalesce((l.flow ->> 'at')::float8, 0) THEN to_timestamp(r.paused_until / 1000) ELSE l.paused_until END,
  pause_reason = CASE WHEN r.at >= coalesce((l.flow ->> 'at')::float8, 0) THEN r.pause_reason ELSE l.pause_reason END
FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::int[], $7::float8[], $8::jsonb[], $9::float8[], $10::text[])
  AS r (endpoint_id, epoch, granted, timeout_ms, at, flow, paused_until, pause_reason)
WHERE l.endpoint_id = r.endpoint_id AND l.epoch = r.epoch AND l.holder = $6::uuid
RETURNING l.endpoint_id AS "endpointId"`,
};

/**
 * Which of these endpoints have another version now (or are gone)? Asked several times a second for every lane with something to send, so it
 * answers only with the changes. Index: primary key.
 */
const CHANGED_ENDPOINTS: Statement = {
  name: 'changed-endpoints',
  text: `
SELECT r.endpoint_id AS "endpointId"
FROM unnest($1::uuid[], $2::int[]) AS r (endpoint_id, version)
LEFT JOIN endpoints e ON e.id = r.endpoint_id
WHERE e.version IS DISTINCT FROM r.version`,
};

/** The endpoints whose lease was prolonged. On the connection of its own: never behind a claim. */
export async function renewLeases(
  database: Database,
  leases: readonly LeaseToRenew[],
  leaseMs: number,
  holder: string,
): Promise<Set<string>> {
  const rows = await database.runLease<{ endpointId: string }>(RENEW_LEASES, [
    leases.map((lease) => lease.endpointId),
    leases.map((lease) => lease.epoch),
    leases.map((lease) => lease.granted),
    leases.map((lease) => lease.timeoutMs),
    leaseMs,
    holder,
    ...flowColumns(leases.map((lease) => lease.flow)),
  ]);
  return new Set(rows.map((row) => row.endpointId));
}

export async function changedEndpoints(
  database: Database,
  known: readonly { endpointId: string; version: number }[],
): Promise<Set<string>> {
  const rows = await database.runLease<{ endpointId: string }>(CHANGED_ENDPOINTS, [
    known.map((endpoint) => endpoint.endpointId),
    known.map((endpoint) => endpoint.version),
  ]);
  return new Set(rows.map((row) => row.endpointId));
}
