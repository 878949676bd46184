import { LEASE_MS, SETTLES_WITHIN_MS } from '../settings.js';
import type { Arrival, FaultWindow } from '../workload/logs.js';
import { isTaken } from './evidence.js';
import type { EndpointEvidence, Evidence, Violation } from './evidence.js';

export interface Duplicates {
  /** Allowed ones: what a death or an expired lease leaves in doubt. */
  readonly allowed: number;
  readonly violations: readonly Violation[];
}

/** The requests whose answers a fault can have lost: those begun by then, and not yet settled when it began. */
interface Doubt {
  readonly begunBy: number;
  readonly answeredFrom: number;
  readonly endpoints: readonly string[] | null;
  /** Each excuses one repetition of a delivery. */
  readonly used: Set<string>;
}

/** Faults so close together are one: what the first one kept from being settled, the second one loses. */
const CHAINED_WITHIN_MS = 3_000;
/** A request that was sent before a process was stopped may be seen a little after. */
const SEEN_LATER_MS = 300;
/** What a socket held when it was cut. */
const ON_THE_WIRE_MS = 500;

/**
 * A duplicate is a request after a complete 2xx that the dispatcher could hear. It is allowed when the first request was in flight, or answered
 * and not yet settled, when its process died or its lease ran out: once for each such fault. So duplicates are bounded by what was in flight.
 */
export function checkDuplicates({ endpoints, faults }: Evidence): Duplicates {
  const doubts = doubtsOf(faults);
  let allowed = 0;
  const violations: Violation[] = [];
  for (const endpoint of endpoints) {
    for (const { first, again } of repetitions(endpoint)) {
      const doubt = doubts.find((each) => covers(each, endpoint.endpointId, first));
      if (doubt) {
        doubt.used.add(`${endpoint.endpointId} ${first.eventId}`);
        allowed += 1;
      } else violations.push({ rule: 'duplicate', what: describe(endpoint.uid, first, again) });
    }
  }
  return { allowed, violations };
}

function repetitions({ arrivals, timeoutMs }: EndpointEvidence): { first: Arrival; again: Arrival }[] {
  const taken = new Map<string, Arrival>();
  const found: { first: Arrival; again: Arrival }[] = [];
  for (const arrival of arrivals) {
    const first = taken.get(arrival.eventId);
    if (first && first.endedAt < arrival.at) {
      found.push({ first, again: arrival });
      // Refused, it is tried again until it is taken: all of that is one repetition.
      taken.delete(arrival.eventId);
    }
    // A repetition may itself be in doubt: the one before counts.
    if (isTaken(arrival, timeoutMs)) taken.set(arrival.eventId, arrival);
  }
  return found;
}

function covers({ begunBy, answeredFrom, endpoints, used }: Doubt, endpointId: string, first: Arrival): boolean {
  if (endpoints !== null && !endpoints.includes(endpointId)) return false;
  return first.at <= begunBy && first.endedAt >= answeredFrom && !used.has(`${endpointId} ${first.eventId}`);
}

function doubtsOf(faults: readonly FaultWindow[]): Doubt[] {
  return faults
    .filter(({ effect }) => effect !== 'none')
    .map((fault) => ({
      begunBy: begunBy(fault),
      answeredFrom: unsettledSince(fault, faults) - SETTLES_WITHIN_MS,
      endpoints: fault.endpoints,
      used: new Set<string>(),
    }));
}

/** The last moment in which a request can have been sent whose answer this fault loses. */
function begunBy({ effect, from, until }: FaultWindow): number {
  switch (effect) {
    case 'none':
      return -Infinity;
    case 'stop':
      return from + SEEN_LATER_MS;
    case 'death':
      return until;
    case 'deaf':
      return until + ON_THE_WIRE_MS;
    case 'outage':
      // Holders go on sending while they have a lease, and settle when Postgres is back: by then another may hold the lane.
      return until + LEASE_MS;
  }
}

/** Since when nothing may have been settled: its own beginning, or that of an outage it followed. */
function unsettledSince(fault: FaultWindow, faults: readonly FaultWindow[]): number {
  const outages = faults.filter(
    (other) => other.effect === 'outage' && other.from <= fault.until && other.until + CHAINED_WITHIN_MS >= fault.from,
  );
  return Math.min(fault.from, ...outages.map(({ from }) => from));
}

function describe(uid: string, first: Arrival, again: Arrival): string {
  const after = Math.round(again.at - first.endedAt);
  return `${uid} received ${first.eventId} again (attempt ${again.attempt}) ${after} ms after it had taken it (attempt ${first.attempt}, at ${Math.round(first.at)})`;
}
