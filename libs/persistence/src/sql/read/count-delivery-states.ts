import type { Database } from '../../database.js';

export interface DeliveryStates {
  eventId: string;
  total: number;
  pending: number;
  delivered: number;
  dead: number;
  cancelled: number;
}

/**
 * For each event, what became of the deliveries that publishing made; replays are deliveries of their own and not counted. With a subscriber,
 * its endpoints' only. A delivery's id begins with the ten bytes of its event's, so each event is one short range of one partition.
 */
export async function countDeliveryStates(
  database: Database,
  tenantId: string,
  eventIds: readonly string[],
  subscriberId: string | null,
): Promise<DeliveryStates[]> {
  return database.query<DeliveryStates>(
    `
SELECT wanted.id AS "eventId", counted.*
FROM unnest($1::uuid[]) AS wanted (id)
CROSS JOIN LATERAL (
  SELECT count(*)::int AS total,
         (count(*) FILTER (WHERE d.state = 'pending'))::int AS pending,
         (count(*) FILTER (WHERE d.state = 'delivered'))::int AS delivered,
         (count(*) FILTER (WHERE d.state = 'dead'))::int AS dead,
         (count(*) FILTER (WHERE d.state = 'cancelled'))::int AS cancelled
  FROM deliveries d
  WHERE d.event_id = wanted.id AND d.tenant_id = $2 AND d.replay_of IS NULL
    AND d.id >= (left(wanted.id::text, 24) || '000000000000')::uuid
    AND d.id <= (left(wanted.id::text, 24) || 'ffffffffffff')::uuid
    AND ($3::uuid IS NULL OR EXISTS (SELECT FROM endpoints p WHERE p.id = d.endpoint_id AND p.subscriber_id = $3))
) counted`,
    [eventIds, tenantId, subscriberId],
  );
}
