/**
 * A delivery's id begins with the ten bytes of its event's, so the deliveries that publishing made lie in one short range of one partition.
 * What replays and resends made lies elsewhere and is reached from there through `replayed_by`.
 *
 * The recursive relation `of_event (id, replayed_by)` for a statement whose placeholders are given.
 */
export function deliveriesOfEvent(event: string, tenant: string): string {
  return `
of_event AS (
  SELECT d.id, d.replayed_by
  FROM deliveries d
  WHERE d.event_id = ${event}::uuid AND d.tenant_id = ${tenant}
    AND d.id >= (left(${event}::uuid::text, 24) || '000000000000')::uuid
    AND d.id <= (left(${event}::uuid::text, 24) || 'ffffffffffff')::uuid
  UNION ALL
  SELECT d.id, d.replayed_by
  FROM of_event JOIN deliveries d ON d.id = of_event.replayed_by
)`;
}
