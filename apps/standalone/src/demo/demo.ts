import { setTimeout as delay } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import type { DevFile } from '../dev-file.js';
import { countDeliveries } from './delivery-counts.js';
import { DemoApi } from './demo-api.js';
import { DEMO_SUBSCRIBER, rotateSecret, setUpEndpoints } from './demo-endpoints.js';
import type { DemoEndpoint } from './demo-endpoints.js';
import { expectedBody, readExamples } from './examples.js';
import type { Example } from './examples.js';
import { idOf, judgeWebhooks } from './judge-webhooks.js';
import type { Row } from './report.js';
import { watchInbox } from './watch-inbox.js';
import type { SeenWebhook } from './watch-inbox.js';

const PUBLISHERS = 8;
const TIMEOUT_MS = 120_000;
const POLL_MS = 100;
/** A change holds for every attempt that starts more than a second after it was answered. */
const CHANGE_HOLDS_AFTER_MS = 1_100;

/** Publishes every example to three endpoints of the inspector and compares what arrived with what was published. */
export class Demo {
  private readonly api: DemoApi;
  private readonly deadline = performance.now() + TIMEOUT_MS;
  private readonly startedAt = Date.now();
  private readonly expected = new Map<string, string>();
  private readonly seen = new Map<DemoEndpoint, SeenWebhook[]>();
  private readonly end = new AbortController();

  constructor(
    private readonly dev: DevFile,
    private readonly bar: SingleBar,
  ) {
    this.api = new DemoApi(dev);
  }

  /** A row an endpoint. Throws when the API refuses something. */
  async run(): Promise<Row[]> {
    const examples = readExamples(this.startedAt);
    const endpoints = await setUpEndpoints(this.api, this.dev.inspectorUrl, this.startedAt.toString(36));
    try {
      await Promise.all(endpoints.map((endpoint) => this.watch(endpoint)));
      this.bar.start(examples.length * endpoints.length, 0);
      const half = Math.floor(examples.length / 2);
      await this.publish(examples.slice(0, half));
      for (const endpoint of endpoints.filter(({ label }) => label === 'secret rotated')) {
        await rotateSecret(this.api, endpoint);
      }
      await delay(CHANGE_HOLDS_AFTER_MS);
      await this.publish(examples.slice(half));
      return await this.outcome(endpoints, examples.length, examples.length - half);
    } finally {
      this.end.abort();
      this.bar.stop();
    }
  }

  private async watch(endpoint: DemoEndpoint): Promise<void> {
    const webhooks: SeenWebhook[] = [];
    this.seen.set(endpoint, webhooks);
    const take = (webhook: SeenWebhook): void => {
      webhooks.push(webhook);
      if (webhook.answered < 300) this.bar.increment();
    };
    await watchInbox(this.dev.inspectorUrl, endpoint.inbox, take, this.end.signal);
  }

  private async publish(examples: readonly Example[]): Promise<void> {
    const queue = [...examples];
    const publisher = async (): Promise<void> => {
      for (let example = queue.shift(); example; example = queue.shift()) {
        const { type, timestamp, data } = example;
        const event = `{"subscriber":"${DEMO_SUBSCRIBER}","type":"${type}","timestamp":"${timestamp}","data":${data}}`;
        const { id } = await this.api.call<{ id: string }>('POST', '/v1/events', event);
        this.expected.set(id, expectedBody(example));
      }
    };
    await Promise.all(Array.from({ length: PUBLISHERS }, publisher));
  }

  /** Waits until all has arrived and is settled, or the time is over; then counts. */
  private async outcome(endpoints: DemoEndpoint[], published: number, afterRotation: number): Promise<Row[]> {
    for (;;) {
      const arrived = endpoints.every((endpoint) => this.accepted(endpoint) >= published);
      const late = performance.now() > this.deadline;
      if (arrived || late) {
        const rows = await Promise.all(endpoints.map((endpoint) => this.row(endpoint, published, afterRotation)));
        if (late || rows.every(({ counts }) => counts.delivered === published)) return rows;
      }
      await delay(POLL_MS);
    }
  }

  private accepted(endpoint: DemoEndpoint): number {
    const ours = (this.seen.get(endpoint) ?? []).filter(({ answered }) => answered < 300);
    return new Set(ours.map(({ headers }) => idOf(headers)).filter((id) => this.expected.has(id))).size;
  }

  private async row(endpoint: DemoEndpoint, published: number, afterRotation: number): Promise<Row> {
    const since = new Date(this.startedAt - 60_000).toISOString(); // the database's clock need not be ours
    return {
      label: endpoint.label,
      published,
      counts: await countDeliveries(this.api, endpoint, since, this.expected),
      verdict: judgeWebhooks(this.seen.get(endpoint) ?? [], this.expected, endpoint.secrets),
      leastSignedByAll: endpoint.secrets.length > 1 ? afterRotation : published,
    };
  }
}
