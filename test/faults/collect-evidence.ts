import { setTimeout as delay } from 'node:timers/promises';
import { readDeliveries } from './checker/read-deliveries.js';
import type { EndpointEvidence, Evidence } from './checker/evidence.js';
import { now } from './settings.js';
import type { FaultWindow } from './workload/logs.js';
import type { Customer, Workload } from './workload/workload.js';

const LOOKS_EVERY_MS = 200;

/** Waits until nothing is pending any more where everything can be delivered, at most so long. */
export async function settles(workload: Workload, withinMs: number): Promise<void> {
  const until = now() + withinMs;
  let waiting = workload.customers.filter(({ plan }) => plan.heals);
  while (waiting.length > 0 && now() < until) {
    const pending = await Promise.all(waiting.map((customer) => hasPending(workload, customer)));
    waiting = waiting.filter((_, n) => pending[n]);
    if (waiting.length > 0) await delay(LOOKS_EVERY_MS);
  }
}

/** Producers have stopped, faults are over: what the logs and the API say now. */
export async function collectEvidence(workload: Workload, faults: readonly FaultWindow[]): Promise<Evidence> {
  const endpoints: EndpointEvidence[] = [];
  for (const { plan, endpointId, receiver } of workload.customers) {
    endpoints.push({
      uid: plan.uid,
      endpointId,
      concurrency: plan.concurrency,
      ordered: plan.ordering === 'fifo',
      timeoutMs: plan.timeoutMs,
      heals: plan.heals,
      left: !workload.publisher.serves(plan.uid),
      deliveries: await readDeliveries(workload.direct, endpointId),
      arrivals: receiver.arrivals,
    });
  }
  return { accepted: workload.publisher.accepted, endpoints, faults, readAt: Date.now() };
}

async function hasPending({ direct }: Workload, { endpointId }: Customer): Promise<boolean> {
  const path = `/v1/deliveries?endpoint=${endpointId}&state=pending&limit=1`;
  return (await direct.expect<{ data: unknown[] }>(200, 'GET', path)).data.length > 0;
}
