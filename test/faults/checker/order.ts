import type { Arrival } from '../workload/logs.js';
import { is2xx } from './evidence.js';
import type { EndpointEvidence, Evidence, Violation } from './evidence.js';

/** Answers after which an ordered lane goes on to the next event: taken, or refused for good. */
const FINAL = new Set([410, 413]);

/** An ordered endpoint gets an event only when all before it, in the order in which its producer had its 202s, are done with. */
export function checkOrder({ accepted, endpoints }: Evidence): Violation[] {
  return endpoints
    .filter(({ ordered }) => ordered)
    .flatMap((endpoint) => {
      const stream = accepted
        .filter(({ stream }) => stream === endpoint.uid)
        .sort((a, b) => a.position - b.position)
        .map(({ eventId }) => eventId);
      return checkStream(stream, endpoint);
    });
}

function checkStream(stream: readonly string[], { uid, arrivals }: EndpointEvidence): Violation[] {
  const first = new Map<string, number>();
  const done = new Map<string, number>();
  for (const arrival of arrivals) {
    if (!first.has(arrival.eventId)) first.set(arrival.eventId, arrival.at);
    if (isFinal(arrival) && !done.has(arrival.eventId)) done.set(arrival.eventId, arrival.endedAt);
  }
  const violations: Violation[] = [];
  let before = { eventId: '', doneAt: -Infinity };
  for (const eventId of stream) {
    const firstAt = first.get(eventId) ?? Infinity;
    if (firstAt < before.doneAt)
      violations.push({ rule: 'order', what: `${uid} received ${eventId} before it had taken ${before.eventId}` });
    const doneAt = done.get(eventId) ?? Infinity;
    if (doneAt > before.doneAt) before = { eventId, doneAt };
  }
  return violations;
}

const isFinal = (arrival: Arrival): boolean => is2xx(arrival) || FINAL.has(arrival.status);
