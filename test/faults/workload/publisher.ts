import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../../simulate/random.js';
import { now } from '../settings.js';
import type { ApiClient } from './api-client.js';
import type { EndpointPlan } from './endpoint-plan.js';
import type { Accepted, PublishLog, Refused } from './logs.js';

const TICK_MS = 100;
const AGAIN_MS = { least: 50, most: 250 };
/** A producer gives up after so many tries; its event may be stored or not. */
const TRIES = 6;
/** More unanswered requests than this, and a producer makes no new ones. */
const UNANSWERED_AT_MOST = 200;
const BATCH_AT_MOST = 5;
const BROADCAST_ONE_IN = 1_000;

export interface PublisherOptions {
  /** Whether some events go to every endpoint there is. */
  readonly broadcasts: boolean;
}

interface NewEvent {
  readonly key: string;
  readonly stream: string;
  readonly position: number;
  readonly broadcast: boolean;
}

/** A stream to one subscriber: free ones publish at their pace, ordered ones one event after the other. */
class Stream {
  owed = 0;
  position = 0;
  busy = false;

  constructor(readonly plan: EndpointPlan) {}
}

/** Publishes as producers do: singly and in batches, with an idempotency key, again when it was refused. Records every 202 and every refusal. */
export class Publisher implements PublishLog {
  readonly accepted: Accepted[] = [];
  readonly refused: Refused[] = [];
  private readonly streams = new Map<string, Stream>();
  private readonly unanswered = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | null = null;
  private lastAt = 0;

  constructor(
    private readonly api: ApiClient,
    plans: readonly EndpointPlan[],
    private readonly random: Random,
    private readonly options: PublisherOptions,
  ) {
    for (const plan of plans) this.streams.set(plan.uid, new Stream(plan));
  }

  start(): void {
    this.lastAt = now();
    this.timer = setInterval(() => {
      this.tick();
    }, TICK_MS);
  }

  /** Nothing more for that subscriber. */
  leave(uid: string): void {
    this.streams.delete(uid);
  }

  serves(uid: string): boolean {
    return this.streams.has(uid);
  }

  /** Makes nothing new; resolves when everything made has its answer. */
  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    while (this.unanswered.size > 0) await Promise.all(this.unanswered);
  }

  private tick(): void {
    const passed = Math.min(now() - this.lastAt, 500);
    this.lastAt = now();
    for (const stream of this.streams.values()) {
      stream.owed += (stream.plan.perSecond * passed) / 1_000;
      while (stream.owed >= 1 && !stream.busy && this.unanswered.size < UNANSWERED_AT_MOST) this.publishSome(stream);
      // What could not be published in time is not made up for in a storm.
      stream.owed = Math.min(stream.owed, Math.max(1, stream.plan.perSecond));
    }
  }

  private publishSome(stream: Stream): void {
    const ordered = stream.plan.ordering === 'fifo';
    const most = Math.min(BATCH_AT_MOST, Math.floor(stream.owed));
    const count = this.random() < 0.5 ? 1 + Math.floor(this.random() * most) : 1;
    const events = Array.from({ length: count }, (): NewEvent => {
      const position = stream.position++;
      const broadcast = this.options.broadcasts && !ordered && count === 1 && this.random() < 1 / BROADCAST_ONE_IN;
      return { key: `${stream.plan.uid}-${position}`, stream: stream.plan.uid, position, broadcast };
    });
    stream.owed -= count;
    stream.busy = ordered;
    const work = this.publish(events, ordered).finally(() => {
      stream.busy = false;
      this.unanswered.delete(work);
    });
    this.unanswered.add(work);
  }

  /** An ordered producer tries for as long as it takes: it may not publish the next one before. */
  private async publish(events: readonly NewEvent[], ordered: boolean): Promise<void> {
    for (let tries = 1; ordered || tries <= TRIES; tries += 1) {
      if (await this.tryOnce(events)) return;
      if (ordered && this.timer === null && tries > TRIES) return;
      await delay(AGAIN_MS.least + this.random() * (AGAIN_MS.most - AGAIN_MS.least));
    }
  }

  private async tryOnce(events: readonly NewEvent[]): Promise<boolean> {
    const [first] = events;
    if (!first) return true;
    const answer =
      events.length === 1
        ? await this.api.call('POST', '/v1/events', bodyOf(first), { 'idempotency-key': first.key })
        : await this.api.call('POST', '/v1/events/batch', {
            events: events.map((event) => ({ ...bodyOf(event), idempotencyKey: event.key })),
          });
    const at = now();
    if (answer.status !== 202) {
      for (const { key } of events) this.refused.push({ key, how: answer.how, at });
      return false;
    }
    const stored = events.length === 1 ? [answer.body] : (answer.body as { data: unknown[] }).data;
    for (const [n, event] of events.entries()) {
      const { id, deliveries } = stored[n] as { id: string; deliveries: number };
      const { key, stream, position } = event;
      this.accepted.push({ eventId: id, key, stream, position, deliveries, at });
    }
    return true;
  }
}

function bodyOf({ key, stream, broadcast }: NewEvent): object {
  const to = broadcast ? { broadcast: true } : { subscriber: stream };
  return { ...to, type: 'order.placed', data: { key, text: 'x'.repeat(200) } };
}
