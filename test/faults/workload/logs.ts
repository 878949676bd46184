/** The two logs that the checker reads, beside the API: what producers were told, and what receivers saw. Times are the harness's own. */

/** A producer's 202. */
export interface Accepted {
  readonly eventId: string;
  /** Made by the producer: once per event, whatever became of earlier tries. */
  readonly key: string;
  readonly stream: string;
  /** Position in its stream; streams that are ordered publish the next event only after the 202 of the one before. */
  readonly position: number;
  /** As the 202 said. */
  readonly deliveries: number;
  readonly at: number;
}

/** A try that was not answered with 202. It may be stored all the same when its outcome is unknown. */
export interface Refused {
  readonly key: string;
  /** A status, or what became of the connection. */
  readonly how: string;
  readonly at: number;
}

export interface PublishLog {
  readonly accepted: readonly Accepted[];
  readonly refused: readonly Refused[];
}

/** One request as a receiver saw it. */
export interface Arrival {
  readonly eventId: string;
  /** What its payload says it is. */
  readonly key: string;
  readonly attempt: number;
  readonly at: number;
  /** Requests at this endpoint not yet answered, this one included. */
  readonly inFlight: number;
  readonly signed: boolean;
  /** What it was answered; 0: the connection ended before. */
  status: number;
  /** When the whole answer was written, or the connection ended; Infinity: neither. */
  endedAt: number;
  /** The whole answer was handed to the kernel before the connection ended. */
  complete: boolean;
}

/** A time in which something was wrong on purpose. */
export interface FaultWindow {
  readonly kind: string;
  /** What it befell: a process, a link, a receiver. */
  readonly on: string;
  readonly from: number;
  readonly until: number;
  /** What it can do to deliveries; see checker/duplicates.ts. */
  readonly effect: Effect;
  /** The endpoints it befell; null: any. */
  readonly endpoints: readonly string[] | null;
}

/**
 * `none`: no duplicate comes of it. `death`: what one process had in flight is sent again. `stop`: what was in flight when a process was stopped
 * is sent again. `outage`: Postgres did not hear what was answered, and leases ran out meanwhile. `deaf`: an answer did not reach the dispatcher.
 */
export type Effect = 'none' | 'death' | 'stop' | 'outage' | 'deaf';
