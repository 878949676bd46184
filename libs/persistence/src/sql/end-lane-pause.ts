import type { Database } from '../database.js';

/**
 * Holds a lane's row, if there is one, until the transaction ends. Who changes a lane and its endpoint takes the lane first: settling goes from
 * the lane over deliveries to the endpoint, and two orders would be a deadlock. Index: primary key.
 */
export async function lockLane(database: Database, tenantId: string, endpointId: string): Promise<void> {
  await database.query('SELECT 1 FROM lanes WHERE endpoint_id = $1 AND tenant_id = $2 FOR UPDATE', [
    endpointId,
    tenantId,
  ]);
}

/**
 * Ends whatever pause a lane is in. A free lane is woken by its time, should the wake after the commit be lost; a holder learns by the
 * endpoint's version and puts its own flow state right. Index: primary key.
 */
export async function endLanePause(database: Database, endpointId: string): Promise<void> {
  await database.query(
    'UPDATE lanes SET paused_until = NULL, pause_reason = NULL, wake_at = now() WHERE endpoint_id = $1',
    [endpointId],
  );
}
