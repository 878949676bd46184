import type { EndpointEvidence, Evidence, ShownDelivery, Violation } from './evidence.js';

/**
 * Every 202 is accounted for: as many deliveries as it said, each in one state; and one event for one key, however often it was published.
 */
export function checkAccounting({ accepted, endpoints }: Evidence): Violation[] {
  const shown = new Map<string, number>();
  for (const { deliveries } of endpoints)
    for (const { eventId } of deliveries) shown.set(eventId, (shown.get(eventId) ?? 0) + 1);
  const lost = accepted
    .filter(({ eventId, deliveries }) => shown.get(eventId) !== deliveries)
    .map(({ eventId, key, deliveries }): Violation => ({
      rule: 'lost',
      what: `${eventId} (${key}) was accepted with ${deliveries} deliveries, of which ${shown.get(eventId) ?? 0} are there`,
    }));
  return [...lost, ...twiceStored(accepted), ...endpoints.flatMap(sameEventTwice), ...endpoints.flatMap(otherEvents)];
}

function twiceStored(accepted: Evidence['accepted']): Violation[] {
  const byKey = new Map<string, string>();
  const violations: Violation[] = [];
  for (const { key, eventId } of accepted) {
    const other = byKey.get(key);
    if (other !== undefined && other !== eventId)
      violations.push({ rule: 'twice stored', what: `${key} was accepted as ${other} and as ${eventId}` });
    byKey.set(key, eventId);
  }
  return violations;
}

/** Two deliveries of one event to one endpoint. */
function sameEventTwice({ uid, deliveries }: EndpointEvidence): Violation[] {
  const seen = new Map<string, ShownDelivery>();
  return deliveries.flatMap((delivery): Violation[] => {
    const other = seen.get(delivery.eventId);
    seen.set(delivery.eventId, delivery);
    return other ? [{ rule: 'twice stored', what: `${delivery.eventId} has two deliveries to ${uid}` }] : [];
  });
}

/** The receivers see one event a key, too. */
function otherEvents({ uid, arrivals }: EndpointEvidence): Violation[] {
  const byKey = new Map<string, string>();
  const violations: Violation[] = [];
  for (const { key, eventId } of arrivals) {
    const other = byKey.get(key) ?? eventId;
    byKey.set(key, other);
    if (other !== eventId)
      violations.push({ rule: 'twice stored', what: `${uid} received ${key} as ${other} and as ${eventId}` });
  }
  return violations;
}
