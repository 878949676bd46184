import { setTimeout as delay } from 'node:timers/promises';
import { LEASE_MS, now, RECOVERS_WITHIN_MS } from './settings.js';
import type { Stack } from './stack/stack.js';
import type { Workload } from './workload/workload.js';

export interface Recovery {
  /** From the end of the last fault until everything worked again, or until it was given up. */
  readonly tookMs: number;
  /** What was still missing when it was given up. */
  readonly missing: readonly string[];
  /** What took longest. */
  readonly last: readonly string[];
}

const LOOKS_EVERY_MS = 50;

/** So many requests later than any lease of before: by somebody who works the lane now. */
const SENT_ANEW = 3;

/**
 * Waits until, nobody having done anything about it, every process is ready and every endpoint gets deliveries again: something that was
 * published after the faults had ended, or, behind a backlog, several requests that no holder of before can have sent.
 */
export async function recovers(stack: Stack, workload: Workload, since: number): Promise<Recovery> {
  const fresh = new FreshArrivals(workload, since);
  for (let last: string[] = []; ;) {
    const unready = await unreadyApps(stack);
    const missing = [...unready, ...fresh.missing().map((uid) => `endpoint ${uid}`)];
    if (missing.length === 0) return { tookMs: now() - since, missing, last };
    if (now() - since > RECOVERS_WITHIN_MS) return { tookMs: now() - since, missing, last };
    last = missing;
    await delay(LOOKS_EVERY_MS);
  }
}

async function unreadyApps({ apps }: Stack): Promise<string[]> {
  const ready = await Promise.all(apps.map((app) => app.isReady()));
  return apps.filter((_, n) => !ready[n]).map(({ name }) => name);
}

/** Which endpoints get deliveries again. */
class FreshArrivals {
  private readonly waiting: Set<string>;
  private accepted: number;
  private readonly events = new Set<string>();
  private readonly looked = new Map<string, number>();

  constructor(
    private readonly workload: Workload,
    private readonly since: number,
  ) {
    this.waiting = new Set(workload.customers.filter(({ plan }) => plan.heals).map(({ plan }) => plan.uid));
    this.accepted = workload.publisher.accepted.length;
    for (const { plan, receiver } of workload.customers) this.looked.set(plan.uid, receiver.arrivals.length);
  }

  missing(): string[] {
    const { publisher, customers } = this.workload;
    for (; this.accepted < publisher.accepted.length; this.accepted += 1) {
      const event = publisher.accepted[this.accepted];
      if (event && event.at >= this.since) this.events.add(event.eventId);
    }
    for (const { plan, receiver } of customers) {
      if (!publisher.serves(plan.uid)) this.waiting.delete(plan.uid);
      if (!this.waiting.has(plan.uid)) continue;
      const from = this.looked.get(plan.uid) ?? 0;
      const lately = receiver.arrivals.slice(from);
      const anew = lately.filter(({ at }) => at > this.since + LEASE_MS).length >= SENT_ANEW;
      if (anew || lately.some(({ eventId }) => this.events.has(eventId))) this.waiting.delete(plan.uid);
    }
    return [...this.waiting];
  }
}
