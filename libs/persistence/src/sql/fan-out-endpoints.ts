import type { Database, Statement } from '../database.js';

/** The endpoints of an event's deliveries, which are one range of the primary key (see `publish-events`). */
const FAN_OUT_ENDPOINTS: Statement = {
  name: 'fan-out-endpoints',
  text: `
SELECT d.endpoint_id AS "endpointId" FROM deliveries d
WHERE d.id >= (left(replace($1::uuid::text, '-', ''), 20) || repeat('0', 12))::uuid
  AND d.id <= (left(replace($1::uuid::text, '-', ''), 20) || repeat('f', 12))::uuid
  AND d.event_id = $1::uuid AND d.state = 'pending'`,
};

export async function fanOutEndpoints(database: Database, eventId: string): Promise<string[]> {
  return (await database.run<{ endpointId: string }>(FAN_OUT_ENDPOINTS, [eventId])).map((row) => row.endpointId);
}
