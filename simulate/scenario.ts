import type { SimulatedEndpoint } from './endpoint.js';
import type { Random } from './random.js';

/** Events come evenly, at this rate, for this long. */
export interface Phase {
  readonly perSecond: number;
  readonly forMs: number;
}

/** What is published to one endpoint, and how that endpoint behaves. */
export interface Scenario {
  /** What it is asked for by; several may share it. */
  readonly name: string;
  readonly describes: string;
  /** The endpoint's `concurrency`. */
  readonly concurrency: number;
  readonly arrivals: readonly Phase[];
  endpoint(random: Random): SimulatedEndpoint;
  /** Whether no request can succeed now. */
  isDown(now: number): boolean;
  /** When the trouble is over: from here the time to drain is counted. */
  readonly calmFrom: number;
}
