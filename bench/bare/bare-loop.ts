import { childEnvironment } from '#config';
import { Child } from '../child.js';
import { cpuTime } from '../cpu-time.js';
import { PAYLOAD } from '../publish-events.js';
import type { Receiver } from '../receiver/receiver.js';
import type { BareResult, BareRound } from './protocol.js';

/** The entity's default, which the bench's endpoints have. */
const PER_ENDPOINT = 10;
/** LANE_SLOTS, and with 50 endpoints exactly what their caps allow together. */
const IN_FLIGHT = 500;

export interface MeasuredBareRound {
  readonly requestsPerSecond: number;
  readonly seconds: number;
  readonly connections: number;
  readonly cpuPerDelivery: Readonly<Record<string, number>>;
}

/** The reference: a process that only signs and posts the same bodies to the same receiver. */
export class BareLoop {
  private constructor(private readonly child: Child) {}

  static start(): BareLoop {
    return new BareLoop(Child.start({ main: './bare/main.js', env: childEnvironment({ NODE_ENV: 'production' }) }));
  }

  /** Throws when a request was not answered with 200. */
  async round(requests: number, urls: readonly string[], receiver: Receiver): Promise<MeasuredBareRound> {
    await receiver.begin();
    const round: BareRound = { urls, requests, inFlight: IN_FLIGHT, perEndpoint: PER_ENDPOINT, payload: PAYLOAD };
    const before = [cpuTime(this.child.pid), cpuTime(receiver.pid)] as const;
    const { seconds, failures } = await this.child.ask<BareResult>(round);
    const bare = (cpuTime(this.child.pid) - before[0]) / requests;
    const received = (cpuTime(receiver.pid) - before[1]) / requests;
    const { requests: arrived, connections } = await receiver.end();
    if (failures > 0 || arrived !== requests)
      throw new Error(
        `The bare loop made ${String(arrived)} of ${String(requests)} requests, ${String(failures)} failed`,
      );
    return {
      requestsPerSecond: requests / seconds,
      seconds,
      connections,
      cpuPerDelivery: { bare, receiver: received },
    };
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}
