import type { Accepted, Arrival, FaultWindow } from '../workload/logs.js';

/** A delivery as the API shows it: what the checker needs of it. */
export interface ShownDelivery {
  readonly id: string;
  readonly eventId: string;
  readonly state: string;
  readonly reason: string | null;
  readonly nextAttemptAt: string | null;
  readonly heldBy: string | null;
  readonly attempts: number;
}

/** One endpoint: how it was set, what its receiver saw, and what the API says of its deliveries. */
export interface EndpointEvidence {
  readonly uid: string;
  readonly endpointId: string;
  readonly concurrency: number;
  readonly ordered: boolean;
  readonly timeoutMs: number;
  /** Its receiver takes everything in the end, or says that it never will. */
  readonly heals: boolean;
  /** Deleted in mid-run. */
  readonly left: boolean;
  readonly arrivals: readonly Arrival[];
  readonly deliveries: readonly ShownDelivery[];
}

/** All that the checker knows: the producers' log, the receivers' log, the API, and when what was broken on purpose. */
export interface Evidence {
  readonly accepted: readonly Accepted[];
  readonly endpoints: readonly EndpointEvidence[];
  readonly faults: readonly FaultWindow[];
  /** The wall clock when the API was read, milliseconds. */
  readonly readAt: number;
}

/** What must not be, named by its rule. */
export interface Violation {
  readonly rule: Rule;
  readonly what: string;
}

export type Rule =
  | 'lost'
  | 'contradiction'
  | 'stuck'
  | 'cap'
  | 'order'
  | 'duplicate'
  | 'signature'
  | 'twice stored'
  | 'recovery'
  | 'footprint'
  | 'ended by itself';

/** A receiver said that it has it, in time for the dispatcher to hear it. */
export function isTaken(arrival: Arrival, timeoutMs: number): boolean {
  return is2xx(arrival) && arrival.complete && arrival.endedAt - arrival.at < timeoutMs - HEARD_BEFORE_MS;
}

export const is2xx = ({ status }: Arrival): boolean => status >= 200 && status < 300;

/** An answer so close to the end of an attempt may come too late. */
const HEARD_BEFORE_MS = 400;
