/** A load and what it is compared with. */
export interface Scenario {
  readonly name: string;
  /** What the report says it is. */
  readonly describes: string;
  readonly endpoints: number;
  /** Events a round; each has one delivery. They go round the endpoints in turn. */
  readonly events: number;
  /** Events in one publish request; null = one event a request, on the route for single events. */
  readonly batch: number | null;
  /** Publish requests under way at once, each on a connection of its own. */
  readonly publishers: number;
  /** The ratio to the bare loop that is expected with Redis; null = nothing is promised yet. */
  readonly expected: number | null;
}

/** Of the JSON text in an event's `data`. */
export const PAYLOAD_BYTES = 512;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'hot',
    describes: '50 endpoints, published in batches',
    ...{ endpoints: 50, events: 30_000, batch: 500, publishers: 4, expected: 0.25 },
  },
  {
    name: 'wide',
    describes: '5,000 endpoints, 8 events each, published in batches',
    ...{ endpoints: 5_000, events: 40_000, batch: 500, publishers: 4, expected: 0.3 },
  },
  {
    name: 'single',
    describes: '50 endpoints, one publish request an event',
    ...{ endpoints: 50, events: 10_000, batch: null, publishers: 64, expected: null },
  },
];

/** The same in less than a minute: too short to be exact, long enough to see that something has become much slower. */
export const SMOKE: readonly Scenario[] = SCENARIOS.map((scenario) => ({
  ...scenario,
  endpoints: Math.min(scenario.endpoints, 1_000),
  events: scenario.batch === null ? 3_000 : 8_000,
}));
