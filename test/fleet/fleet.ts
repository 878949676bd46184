import { encodeId } from '#core';
import { PublishEvents } from '#delivery';
import type { NewEvent, PublishedEvent } from '#delivery';
import { formatMasterKeys } from '#config';
import { LaneWaker, prepareQueue } from '#lanes';
import { Database } from '#persistence';
import {
  addEndpoint,
  addSubscriber,
  addTenant,
  createTestDatabase,
  OPEN_LOOPBACK,
  testConfig,
  testMasterKeys,
} from '#testing';
import type { TestBackend, TestDatabase } from '#testing';
import { ChildDispatcher } from './child-dispatcher.js';
import { queueSettings } from '../../apps/dispatcher/src/dispatcher-config.js';
import { Dispatcher } from '../../apps/dispatcher/src/dispatcher.js';

/** A database, a queue, a publisher and as many dispatchers as a test wants, in one process. */
export class Fleet {
  readonly dispatchers: Dispatcher[] = [];
  private readonly children: ChildDispatcher[] = [];
  readonly errors: Error[] = [];
  readonly tenantId: string;
  private readonly publisher: PublishEvents;

  private constructor(
    private readonly test: TestDatabase,
    private readonly env: Record<string, string>,
    readonly database: Database,
    readonly waker: LaneWaker,
    readonly config: ReturnType<typeof testConfig>,
    tenantId: string,
  ) {
    this.tenantId = tenantId;
    this.publisher = new PublishEvents(database, waker, config.publish);
  }

  static async start(
    backend: TestBackend,
    settings: { dispatchers: number; env?: Record<string, string> },
  ): Promise<Fleet> {
    const test = await createTestDatabase();
    const config = testConfig(test.url, backend, settings.env ?? {});
    await prepareQueue(queueSettings(config));
    const database = await Database.open({ url: test.url, appName: 'fleet', poolSize: 5, statementTimeoutMs: 10_000 });
    const waker = LaneWaker.open(queueSettings(config), () => undefined);
    const { id } = await addTenant(database);
    const fleet = new Fleet(test, childEnv(test.url, backend, settings.env ?? {}), database, waker, config, id);
    for (let n = 0; n < settings.dispatchers; n += 1) await fleet.addDispatcher();
    return fleet;
  }

  async addDispatcher(): Promise<Dispatcher> {
    const dispatcher = await Dispatcher.start(this.config, (error) => this.errors.push(error));
    this.dispatchers.push(dispatcher);
    return dispatcher;
  }

  /** A dispatcher in a process of its own (needs the build). */
  async addChild(more: Record<string, string> = {}): Promise<ChildDispatcher> {
    const child = await ChildDispatcher.start({ ...this.env, ...more });
    this.children.push(child);
    return child;
  }

  /** A subscriber of its own with one endpoint. */
  async endpoint(
    url: string,
    more: Parameters<typeof addEndpoint>[2] = {},
  ): Promise<{ id: string; secret: Buffer; subscriberId: string }> {
    const subscriber = await addSubscriber(this.database, this.tenantId);
    const made = await addEndpoint(this.database, { tenantId: this.tenantId, subscriberId: subscriber.id, url }, more);
    return { ...made, subscriberId: subscriber.id };
  }

  publish(events: readonly (Partial<NewEvent> & { to: string })[]): Promise<PublishedEvent[]> {
    return this.publisher.publish(
      this.tenantId,
      events.map(({ to, ...more }) => ({
        recipient: { kind: 'subscriber', idOrUid: to },
        type: 'order.placed',
        timestamp: null,
        payload: Buffer.from('{"n":1}'),
        payloadKind: 'data',
        idempotencyKey: null,
        pointer: '',
        ...more,
      })),
    );
  }

  /** So many events for one subscriber, one after the other; their `webhook-id`s in the order of the events. */
  publishTo(subscriberId: string, count: number): Promise<string[]> {
    return this.publishAll(
      subscriberId,
      Array.from({ length: count }, () => ({})),
    );
  }

  async publishAll(subscriberId: string, events: readonly Partial<NewEvent>[]): Promise<string[]> {
    const to = encodeId('subscriber', subscriberId);
    const answers = await this.publish(events.map((event) => ({ ...event, to })));
    return answers.map(({ id }) => encodeId('event', id));
  }

  /** As a management request would: what a holder must notice. */
  async change(endpointId: string, what: string, values: unknown[] = []): Promise<void> {
    const sql = `UPDATE endpoints SET ${what}, version = version + 1 WHERE id = $1`;
    await this.database.query(sql, [endpointId, ...values]);
    this.waker.wake([endpointId]);
  }

  /** Looks until the query has an answer: what a process does by itself has no other sign. */
  async eventually<Row>(sql: string, values: unknown[] = [], timeoutMs = 10_000): Promise<Row[]> {
    const until = performance.now() + timeoutMs;
    for (;;) {
      const rows = await this.database.query<Row>(sql, values);
      if (rows.length > 0) return rows;
      if (performance.now() > until) throw new Error(`Not so within ${timeoutMs} ms: ${sql}`);
      await this.database.query('SELECT pg_sleep(0.02)');
    }
  }

  /** What children of this fleet are started with, for other processes of a test. */
  get environment(): Readonly<Record<string, string>> {
    return this.env;
  }

  /** Resolves when no delivery is pending any more; looks at the database, since settling comes after the receiver's answer. */
  async settled(timeoutMs = 15_000): Promise<Record<string, number>> {
    const until = performance.now() + timeoutMs;
    for (;;) {
      const rows = await this.database.query<{ state: string; count: number }>(
        'SELECT state, count(*)::int AS count FROM deliveries, (SELECT pg_sleep(0.05)) pause GROUP BY state',
      );
      const counts = Object.fromEntries(rows.map(({ state, count }) => [state, count]));
      if (!counts.pending) return counts;
      if (performance.now() > until)
        throw new Error(
          `Still pending after ${timeoutMs} ms: ${JSON.stringify(counts)}; ${this.errors.at(-1)?.message ?? ''}`,
        );
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.dispatchers, ...this.children].map((dispatcher) => dispatcher.stop()));
    await this.waker.close();
    await this.database.close();
    await this.test.drop();
  }
}

function childEnv(databaseUrl: string, backend: TestBackend, more: Record<string, string>): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    REDIS_URL: backend.redisUrl ?? '',
    QUEUE_PREFIX: backend.prefix,
    MASTER_KEYS: formatMasterKeys(testMasterKeys),
    ...OPEN_LOOPBACK,
    ...more,
  };
}
