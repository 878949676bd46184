import type { Arrival } from '../workload/logs.js';
import { is2xx, isTaken } from './evidence.js';
import type { EndpointEvidence, Evidence, ShownDelivery, Violation } from './evidence.js';

/** An attempt that is due starts within this, when nothing is wrong: the system had all the time it needed before it was asked. */
const LATE_MS = 10_000;
/** Which answer makes which death. */
const DEATHS: Readonly<Record<string, number>> = { payload_too_large: 413, gone: 410 };

/** No state contradicts what the receivers saw, and what is pending has a time that is not past. */
export function checkStates({ endpoints, readAt }: Evidence): Violation[] {
  return endpoints.flatMap((endpoint) => {
    const byEvent = new Map<string, Arrival[]>();
    for (const arrival of endpoint.arrivals) {
      const known = byEvent.get(arrival.eventId);
      if (known) known.push(arrival);
      else byEvent.set(arrival.eventId, [arrival]);
    }
    return endpoint.deliveries.flatMap((delivery) =>
      judge(delivery, endpoint, byEvent.get(delivery.eventId) ?? [], readAt).map((violation) => ({
        ...violation,
        what: `${delivery.id} of ${delivery.eventId} to ${endpoint.uid}: ${violation.what}`,
      })),
    );
  });
}

function judge(
  delivery: ShownDelivery,
  endpoint: EndpointEvidence,
  arrivals: readonly Arrival[],
  readAt: number,
): Violation[] {
  const { state, reason } = delivery;
  if (state === 'delivered')
    return arrivals.some(is2xx) ? [] : [contradiction('delivered, but no receiver ever answered 2xx')];
  const taken = arrivals.findLast((arrival) => isTaken(arrival, endpoint.timeoutMs));
  if (taken && !isDeadOfRepetition(delivery, taken, arrivals))
    return [contradiction(`${state} (${String(reason)}), but the receiver has taken it`)];
  switch (state) {
    case 'pending':
      return judgePending(delivery, endpoint, readAt);
    case 'dead':
      return isExplained(reason, endpoint, arrivals) ? [] : [contradiction(`dead (${String(reason)}) without a cause`)];
    case 'cancelled':
      return endpoint.left && reason !== null ? [] : [contradiction(`cancelled (${String(reason)}) by nobody`)];
    default:
      return [contradiction(`no such state: ${state}`)];
  }
}

function judgePending(delivery: ShownDelivery, endpoint: EndpointEvidence, readAt: number): Violation[] {
  const { nextAttemptAt, heldBy } = delivery;
  if (nextAttemptAt === null && heldBy === null) return [{ rule: 'stuck', what: 'pending without a next time' }];
  if (endpoint.heals)
    return [{ rule: 'stuck', what: `pending though its receiver takes everything (${String(heldBy)})` }];
  const late = nextAttemptAt !== null && readAt - Date.parse(nextAttemptAt) > LATE_MS;
  return late && heldBy === null ? [{ rule: 'stuck', what: `pending, and its time was ${nextAttemptAt}` }] : [];
}

/** Whether it might be sent again is for the rule of duplicates to say; it was, and refused. */
const isDeadOfRepetition = ({ state, reason }: ShownDelivery, taken: Arrival, arrivals: readonly Arrival[]): boolean =>
  state === 'dead' &&
  isRefused(
    reason,
    arrivals.filter(({ at }) => at > taken.endedAt),
  );

function isExplained(reason: string | null, endpoint: EndpointEvidence, arrivals: readonly Arrival[]): boolean {
  if (reason === 'expired') return !endpoint.heals;
  return isRefused(reason, arrivals);
}

const isRefused = (reason: string | null, arrivals: readonly Arrival[]): boolean =>
  arrivals.some(({ status }) => status === DEATHS[reason ?? '']);

const contradiction = (what: string): Violation => ({ rule: 'contradiction', what });
