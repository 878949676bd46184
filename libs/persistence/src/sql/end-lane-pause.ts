import type { Database } from '../database.js';

/**
 * Ends whatever pause a lane is in. A free lane is woken by its time, should the wake after the commit be lost; a holder learns by the
 * endpoint's version and puts its own flow state right. The endpoint is locked by then: everybody locks endpoints before lanes, lanes
 * before deliveries. Index: primary key.
 */
export async function endLanePause(database: Database, endpointId: string): Promise<void> {
  await database.query(
    'UPDATE lanes SET paused_until = NULL, pause_reason = NULL, wake_at = now() WHERE endpoint_id = $1',
    [endpointId],
  );
}
