import type { Database } from '../../database.js';
import { deliveriesOfEvent } from './deliveries-of-event.js';
import { Conditions } from './page.js';
import type { Page } from './page.js';

export interface DeliveryFilter {
  tenantId: string;
  endpointId: string | null;
  eventId: string | null;
  subscriberId: string | null;
  state: string | null;
  reason: string | null;
  type: string | null;
  replayId: string | null;
}

/** A delivery with what its answer needs of its event, its endpoint and its lane. */
export interface ListedDelivery {
  id: string;
  eventId: string;
  eventType: string | null;
  subscriberId: string;
  endpointId: string;
  state: 'pending' | 'delivered' | 'dead' | 'cancelled';
  reason: string | null;
  trigger: 'initial' | 'resend' | 'replay' | 'test';
  attempts: number;
  nextAt: Date;
  deadline: Date;
  settledAt: Date | null;
  replayOf: string | null;
  replayedBy: string | null;
  replayId: string | null;
  endpointState: 'active' | 'paused' | 'disabled';
  /** Its endpoint keeps the order, and one before it in the lane's order is not settled yet. Index: deliveries_pending_by_lane. */
  behindOther: boolean;
  pausedUntil: Date | null;
  pauseReason: string | null;
  /** Open, or half-open: of what is due the lane tries one. */
  breakerOpen: boolean;
}

/**
 * Behind another one is who is not the first in line. Lost: EXISTS of an earlier one, for which the planner chose sequential scans (a page of
 * 250 in a lane of a million: 7.7 s instead of 2.5 ms).
 */
export const DELIVERY_COLUMNS = `d.id, d.event_id AS "eventId", e.type AS "eventType", p.subscriber_id AS "subscriberId",
  d.endpoint_id AS "endpointId", d.state, d.reason, d.trigger, d.attempts, d.next_at AS "nextAt", d.deadline, d.settled_at AS "settledAt",
  d.replay_of AS "replayOf", d.replayed_by AS "replayedBy", d.replay_id AS "replayId", p.state AS "endpointState",
  (p.ordering = 'fifo' AND d.state = 'pending' AND d.trigger <> 'replay' AND d.id <> (
    SELECT b.id FROM deliveries b WHERE b.endpoint_id = d.endpoint_id AND b.state = 'pending' AND b.trigger <> 'replay'
    ORDER BY b.next_at, b.id LIMIT 1)) AS "behindOther",
  l.paused_until AS "pausedUntil", l.pause_reason AS "pauseReason",
  coalesce(l.flow -> 'breaker' -> 'closedAt' = 'null'::jsonb, false) AS "breakerOpen"`;

/** The event may be gone (retention drops by day); its deliveries are still shown. */
export const DELIVERY_JOINS = `JOIN endpoints p ON p.id = d.endpoint_id LEFT JOIN events e ON e.id = d.event_id
  LEFT JOIN lanes l ON l.endpoint_id = d.endpoint_id`;

/**
 * Deliveries of a tenant by id. The source is chosen by the narrowest filter: the deliveries of one event (a few rows), of one endpoint
 * (`deliveries_by_endpoint`), of each endpoint of a subscriber (a merge of such walks), the dead (`deliveries_dead_by_tenant`), else all
 * (`deliveries_by_tenant`).
 */
export async function listDeliveries(
  database: Database,
  filter: DeliveryFilter,
  page: Page,
): Promise<ListedDelivery[]> {
  const where = new Conditions();
  const tenant = where.bind(filter.tenantId);
  const subscriber = filter.subscriberId === null ? null : where.bind(filter.subscriberId);
  const event = filter.eventId === null ? null : where.bind(filter.eventId);
  where
    .add('d.endpoint_id = ?', filter.endpointId)
    .add('d.state = ?', filter.state)
    .add('d.reason = ?', filter.reason)
    .add('d.replay_id = ?', filter.replayId)
    .add('e.type = ?', filter.type)
    .within('d.id', page);
  const tail = `ORDER BY d.id ${page.order} LIMIT ${where.bind(page.limit)}`;
  const parts = { tenant, subscriber, where: where.sql(), tail };
  const merged = subscriber !== null && filter.endpointId === null && event === null;
  const sql = merged ? mergeEndpoints({ ...parts, subscriber }) : walk({ ...parts, event });
  return database.query<ListedDelivery>(sql, where.values);
}

interface Parts {
  tenant: string;
  subscriber: string | null;
  where: string;
  tail: string;
}

function walk({ tenant, subscriber, event, where, tail }: Parts & { event: string | null }): string {
  const first = event === null ? '' : `WITH RECURSIVE ${deliveriesOfEvent(event, tenant)}`;
  const ofEvent = event === null ? '' : 'AND d.id IN (SELECT id FROM of_event)';
  const ofSubscriber = subscriber === null ? '' : `AND p.subscriber_id = ${subscriber}`;
  return `${first}
SELECT ${DELIVERY_COLUMNS} FROM deliveries d ${DELIVERY_JOINS}
WHERE d.tenant_id = ${tenant} AND ${where} ${ofEvent} ${ofSubscriber} ${tail}`;
}

function mergeEndpoints({ tenant, subscriber, where, tail }: Parts): string {
  return `
SELECT ${DELIVERY_COLUMNS}
FROM endpoints own
CROSS JOIN LATERAL (
  SELECT d.* FROM deliveries d LEFT JOIN events e ON e.id = d.event_id
  WHERE d.endpoint_id = own.id AND ${where} ${tail}
) d
${DELIVERY_JOINS}
WHERE own.tenant_id = ${tenant} AND own.subscriber_id = ${subscriber ?? 'NULL'}
${tail}`;
}
