import type { Database } from '../../database.js';
import type { EventFilter, ListedEvent } from './list-events.js';
import { EVENT_COLUMNS } from './list-events.js';
import { Conditions } from './page.js';
import type { Page } from './page.js';

/**
 * Events a subscriber's own key may see: addressed to it, or with a delivery to one of its endpoints (a broadcast). Two ordered walks,
 * merged: by `events_by_subscriber`, and per endpoint by `deliveries_by_endpoint`. One condition over both would read every event of the
 * tenant. A delivery that replays an old event lies at the replay's time; its event is found by the first walk or by its own delivery.
 */
export async function listEventsOfSubscriber(
  database: Database,
  filter: EventFilter & { subscriberId: string },
  page: Page,
): Promise<ListedEvent[]> {
  const addressed = new Conditions();
  const [tenant, subscriber] = [addressed.bind(filter.tenantId), addressed.bind(filter.subscriberId)];
  addressed.add('e.type = ?', filter.type).add('e.idempotency_key = ?', filter.idempotencyKey).within('e.id', page);
  const delivered = new Conditions(addressed.values);
  delivered.within('d.id', { ...page, position: page.position && edgeOf(page.position, page.order) });
  const limit = addressed.bind(page.limit);
  return database.query<ListedEvent>(
    `
WITH addressed AS (
  SELECT e.id FROM events e
  WHERE e.tenant_id = ${tenant} AND e.subscriber_id = ${subscriber} AND ${addressed.sql()}
  ORDER BY e.id ${page.order} LIMIT ${limit}
),
received AS (
  SELECT found.id
  FROM endpoints p
  CROSS JOIN LATERAL (
    SELECT e.id FROM deliveries d JOIN events e ON e.id = d.event_id
    WHERE d.endpoint_id = p.id AND e.subscriber_id IS NULL AND d.trigger = 'initial' AND ${addressed.sql()} AND ${delivered.sql()}
    ORDER BY d.id ${page.order} LIMIT ${limit}
  ) found
  WHERE p.tenant_id = ${tenant} AND p.subscriber_id = ${subscriber}
)
SELECT ${EVENT_COLUMNS} FROM events e
WHERE e.id IN (SELECT id FROM addressed UNION SELECT id FROM received)
ORDER BY e.id ${page.order} LIMIT ${limit}`,
    addressed.values,
  );
}

/** Just beyond the deliveries of an event, whose ids begin with its own ten bytes. */
function edgeOf(eventId: string, order: Page['order']): string {
  return eventId.slice(0, 24) + (order === 'desc' ? 'ffffffffffff' : '000000000000');
}
