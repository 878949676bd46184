import type { Database, Statement } from '../database.js';

export interface LeaseToRenew {
  endpointId: string;
  epoch: number;
  /** The window the holder wants to use: written here first, used after. */
  granted: number;
  /** Longest attempt the holder will make, milliseconds. */
  timeoutMs: number;
}

/**
 * Prolongs leases of the current epoch; who is missing in the answer has lost its lane. Rows in the order given: sort by endpoint.
 * Index: primary key.
 */
const RENEW_LEASES: Statement = {
  name: 'renew-leases',
  text: `
UPDATE lanes l
SET lease_until = clock_timestamp() + make_interval(secs => $5::float8 / 1000), granted = r.granted, timeout_ms = greatest(l.timeout_ms, r.timeout_ms)
FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::int[]) AS r (endpoint_id, epoch, granted, timeout_ms)
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
