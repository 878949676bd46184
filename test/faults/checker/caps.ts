import type { Arrival } from '../workload/logs.js';
import type { EndpointEvidence, Evidence, Violation } from './evidence.js';

/**
 * A connection that the dispatcher ends is seen by the receiver a moment later, on another socket than the request that follows it: so long
 * before it was seen it may have been over.
 */
const SEEN_LATER_MS = 50;

/** Never more requests in flight at an endpoint than its cap. */
export function checkCaps({ endpoints }: Evidence): Violation[] {
  return endpoints.flatMap((endpoint) =>
    mostInFlight(endpoint) > endpoint.concurrency
      ? [
          {
            rule: 'cap',
            what: `${endpoint.uid} had ${mostInFlight(endpoint)} requests in flight, its cap is ${endpoint.concurrency}`,
          },
        ]
      : [],
  );
}

/** The highest number of requests that were certainly in flight at once. */
export function mostInFlight({ arrivals }: Pick<EndpointEvidence, 'arrivals'>): number {
  const steps = arrivals.flatMap((arrival) => [
    { at: arrival.at, by: 1 },
    { at: endOf(arrival), by: -1 },
  ]);
  // At the same moment one ends before another begins.
  steps.sort((a, b) => a.at - b.at || a.by - b.by);
  let [inFlight, most] = [0, 0];
  for (const { by } of steps) most = Math.max(most, (inFlight += by));
  return most;
}

function endOf(arrival: Arrival): number {
  if (arrival.complete) return arrival.endedAt;
  return Math.max(arrival.at, arrival.endedAt - SEEN_LATER_MS);
}
