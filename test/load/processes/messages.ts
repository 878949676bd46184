/** What a test asks the receiver process. */
export type ReceiverQuestion =
  /** Latencies of a group and a round, as soon as so many have come. */
  { ask: 'latencies'; group: string; round: number; count: number } | { ask: 'end' };

/** To publish: one event every so often, in turn to these subscribers. */
export interface PublisherOrder {
  readonly round: number;
  readonly streams: readonly { readonly subscriberIds: readonly string[]; readonly perSecond: number }[];
  readonly forMs: number;
}

/** What an event of these tests carries. */
export interface TimedData {
  /** When it was published; milliseconds, of the same machine. */
  readonly at: number;
  readonly round: number;
}
