import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '#persistence';
import { cpuTime } from './cpu-time.js';
import { publishEvents } from './publish-events.js';
import type { Producer } from './publish-events.js';
import type { Receiver } from './receiver/receiver.js';
import type { Scenario } from './scenarios.js';
import type { Stack } from './stack/start-stack.js';

export interface SystemRound {
  readonly deliveriesPerSecond: number;
  /** How long publishing took of it: the producer's own rate. */
  readonly publishSeconds: number;
  readonly seconds: number;
  /** Connections that the dispatcher opened. */
  readonly connections: number;
  /** Microseconds of CPU for each delivery, by process. */
  readonly cpuPerDelivery: Readonly<Record<string, number>>;
}

const LOOK_EVERY_MS = 5;

/** One round of Posthorn: from the first publish request to the last settlement. Throws when something was not delivered exactly once. */
export async function systemRound(
  scenario: Scenario,
  parts: { stack: Stack; receiver: Receiver; producer: Producer },
): Promise<SystemRound> {
  const { stack, receiver, producer } = parts;
  const { events } = scenario;
  await receiver.begin();
  const pids = { ...stack.pids, receiver: receiver.pid };
  const before = cpuTimes(pids);
  const harnessBefore = process.cpuUsage();
  const startedAt = performance.now();
  const published = publishEvents(scenario, producer).then(() => (performance.now() - startedAt) / 1_000);
  const [publishSeconds] = await Promise.all([published, receiver.reached(events)]);
  await allSettled(stack.database);
  const seconds = (performance.now() - startedAt) / 1_000;
  const harness = process.cpuUsage(harnessBefore);
  const after = cpuTimes(pids);
  const { requests, connections } = await receiver.end();
  if (requests !== events) throw new Error(`${String(events)} events were delivered in ${String(requests)} requests`);
  const used = Object.keys(after).map((name) => [name, ((after[name] ?? 0) - (before[name] ?? 0)) / events] as const);
  return {
    ...{ deliveriesPerSecond: events / seconds, publishSeconds, seconds, connections },
    cpuPerDelivery: { ...Object.fromEntries(used), producer: (harness.user + harness.system) / events },
  };
}

function cpuTimes(pids: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuTime(pid)]));
}

/** Settling comes after the receiver's answer; the partial index of pending deliveries says when it is over. */
async function allSettled(database: Database): Promise<void> {
  for (;;) {
    const pending = await database.query("SELECT 1 FROM deliveries WHERE state = 'pending' LIMIT 1");
    if (pending.length === 0) return;
    await delay(LOOK_EVERY_MS);
  }
}
