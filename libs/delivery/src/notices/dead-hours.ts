import { HOUR, MINUTE } from '#core';
import type { DeathsOfReason } from '#persistence';
import type { DeathSum } from './notice.js';

/** A death is committed a little after its time; no statement may take as long as this. */
const COMMITTED_AFTER_MS = 2 * MINUTE;
/** How long a dispatcher may have been away for an hour still to be told. */
const LOOK_BACK_HOURS = 24;

/** The hours, oldest first by their beginnings in milliseconds, in which nothing dies any more, back to a day ago. */
export function closedHours(now: number): number[] {
  const end = Math.floor((now - COMMITTED_AFTER_MS) / HOUR) * HOUR;
  return Array.from({ length: LOOK_BACK_HOURS }, (_, n) => end - (LOOK_BACK_HOURS - n) * HOUR);
}

/** One sum for each endpoint, in the order of the endpoints' ids. */
export function sumByEndpoint(rows: readonly DeathsOfReason[]): DeathSum[] {
  const sums = new Map<string, DeathSum>();
  for (const { endpointId, reason, count, deliveryId } of rows) {
    const sum = sums.get(endpointId) ?? { endpointId, count: 0, reasons: {}, deliveryId: null };
    sums.set(endpointId, sum);
    sum.count += count;
    sum.reasons[reason] = (sum.reasons[reason] ?? 0) + count;
    if (deliveryId !== null && deliveryId > (sum.deliveryId ?? '')) sum.deliveryId = deliveryId;
  }
  return [...sums.values()].sort((one, other) => (one.endpointId < other.endpointId ? -1 : 1));
}
