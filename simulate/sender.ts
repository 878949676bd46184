import type { SimulatedEndpoint } from './endpoint.js';
import type { Measurements } from './measurements.js';
import type { Random } from './random.js';
import type { VirtualTime } from './virtual-time.js';

/** Takes events and brings them to its one endpoint. */
export interface Sender {
  publish(): void;
}

export interface SenderWorld {
  readonly time: VirtualTime;
  readonly endpoint: SimulatedEndpoint;
  readonly measurements: Measurements;
  readonly random: Random;
  /** The endpoint's `concurrency`. */
  readonly concurrency: number;
}
