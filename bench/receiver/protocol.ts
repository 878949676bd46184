/** What the harness asks of the receiver; one question at a time. */
export type ReceiverQuestion =
  /** Starts counting anew. Answered at once. */
  | { ask: 'begin' }
  /** Answered as soon as so many requests were answered. */
  | { ask: 'reached'; requests: number }
  /** Closes every connection, so that each round opens its own. */
  | { ask: 'end' };

/** The answer to all of them. */
export interface ReceiverAnswer {
  readonly requests: number;
  readonly connections: number;
}
