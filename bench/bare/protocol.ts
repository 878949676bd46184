/** A round of the bare loop. */
export interface BareRound {
  readonly urls: readonly string[];
  readonly requests: number;
  /** Requests under way at once, over all endpoints: as many as the dispatcher's lanes would have. */
  readonly inFlight: number;
  /** Connections to one endpoint. */
  readonly perEndpoint: number;
  readonly payload: string;
}

export interface BareResult {
  readonly seconds: number;
  /** Answers other than 200, and requests without one. */
  readonly failures: number;
}
