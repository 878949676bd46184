import { encodeId, newUuid } from '#core';
import { PublishEvents } from '#delivery';
import type { NewEvent } from '#delivery';
import { Database } from '#persistence';
import { addSubscriber, addTenant, createTestDatabase, testConfig } from '#testing';
import type { TestDatabase } from '#testing';
import { Line } from '../api/line.js';

describe('publishing when something goes wrong', () => {
  let test: TestDatabase;
  let line: Line;
  let direct: Database;
  let database: Database;
  let publisher: PublishEvents;
  let tenantId: string;
  let subscriber: string;
  let groups = 0;

  const open = (url: string, statementTimeoutMs = 10_000) =>
    Database.open({ url, appName: 'publish-faults', poolSize: 6, statementTimeoutMs });
  const publisherOn = (on: Database, limits = testConfig(test.url).publish) =>
    new PublishEvents(on, { wake: () => void (groups += 1), wakeFanOut: () => undefined }, limits);

  beforeAll(async () => {
    test = await createTestDatabase();
    line = await Line.to(test.url);
    direct = await open(test.url);
    database = await open(line.url);
    publisher = publisherOn(database);
  });

  afterAll(async () => {
    await database.close();
    await direct.close();
    await line.cut();
    await test.drop();
  });

  beforeEach(async () => {
    tenantId = (await addTenant(direct)).id;
    subscriber = encodeId('subscriber', (await addSubscriber(direct, tenantId, { uid: 'acme' })).id);
    groups = 0;
  });

  const event = (key: string | null = null, more: Partial<NewEvent> = {}): NewEvent => ({
    recipient: { kind: 'subscriber', idOrUid: subscriber },
    type: 'order.placed',
    timestamp: null,
    payload: Buffer.from('{"n":1}'),
    payloadKind: 'data',
    idempotencyKey: key,
    pointer: '',
    ...more,
  });
  const broadcast = (key: string | null = null) => event(key, { recipient: { kind: 'broadcast' } });
  const stored = async () => {
    const [row] = await direct.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM events, (SELECT pg_sleep(0.02)) pause WHERE tenant_id = $1',
      [tenantId],
    );
    return row?.n ?? 0;
  };
  const untilStored = async (count: number) => {
    const until = performance.now() + 5_000;
    while ((await stored()) < count) if (performance.now() > until) throw new Error(`Never ${count} events`);
  };
  /** Holds a key as a publish that has not committed yet does, while `work` runs. */
  const holding = (key: string, work: () => Promise<void>) =>
    direct.transaction(async () => {
      await direct.query(
        `INSERT INTO idempotency_keys (tenant_id, scope, key, fingerprint, event_id, deliveries)
         VALUES ($1, 'events', $2, '\\x00', gen_random_uuid(), 0)`,
        [tenantId, key],
      );
      await work();
      await direct.query('DELETE FROM idempotency_keys WHERE tenant_id = $1', [tenantId]);
    });
  const codes = (results: PromiseSettledResult<unknown>[]) =>
    results.map((result) => (result.status === 'fulfilled' ? 'stored' : (result.reason as { code: string }).code));

  it.each([
    { what: 'a group', lost: 'publish-events', make: () => Array.from({ length: 20 }, () => [event()]), count: 20 },
    { what: 'a broadcast', lost: 'COMMIT', make: () => [[broadcast(), event()]], count: 2 },
  ])('stores $what once when the connection is lost after the commit, and says so', async ({ lost, make, count }) => {
    line.loseAnswerTo(lost);
    const results = Promise.allSettled(make().map((events) => publisher.publish(tenantId, events)));
    await untilStored(count);
    line.drop();
    expect(new Set(codes(await results))).toEqual(new Set(['unavailable']));
    expect(await stored()).toBe(count);
    // With a key the producer finds out; the line works again.
    expect(await publisher.publish(tenantId, [event()])).toHaveLength(1);
  });

  it('stores a group once when its answer comes after the client’s time limit', async () => {
    const hasty = await open(line.url, 100);
    line.loseAnswerTo('publish-events');
    const impatient = publisherOn(hasty);
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => impatient.publish(tenantId, [event()])));
    expect(await stored()).toBe(20);
    expect(new Set(codes(results))).toEqual(new Set(['unavailable']));
    await hasty.close();
  });

  it('does not repeat one by one a group that was too slow', async () => {
    const hasty = await open(test.url, 400);
    await holding('slow', async () => {
      const slow = publisherOn(hasty);
      const results = await Promise.allSettled([event('slow'), event()].map((one) => slow.publish(tenantId, [one])));
      expect(codes(results)).toEqual(['unavailable', 'unavailable']);
    });
    expect(await stored()).toBe(0);
    await hasty.close();
  });

  it('stores a group without the request that the server refuses', async () => {
    // No timestamp of Postgres reaches that far (22008).
    const results = await Promise.allSettled(
      [event(), event('bad'), event()].map((one, n) =>
        publisher.publish(tenantId, [n === 1 ? { ...one, timestamp: 9e18 } : one]),
      ),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await stored()).toBe(2);
  });

  it('resolves batches with a broadcast that use the same keys in opposite order', async () => {
    const pairs = Array.from({ length: 12 }, (_, n) => [event(`a${n}`), broadcast(`m${n}`), event(`b${n}`)]);
    const answers = await Promise.all(
      pairs.map((batch) =>
        Promise.all([publisher.publish(tenantId, batch), publisher.publish(tenantId, [...batch].reverse())]),
      ),
    );
    for (const [one = [], other = []] of answers)
      expect(other.map(({ id }) => id).reverse()).toEqual(one.map(({ id }) => id));
    expect(await stored()).toBe(36);
  }, 60_000);

  it('asks to come again when the key of a broadcast is being used', async () => {
    await holding('busy', async () => {
      await expect(publisher.publish(tenantId, [broadcast('busy')])).rejects.toMatchObject({
        code: 'idempotency_in_progress',
        retryAfterSeconds: 1,
      });
    });
  }, 15_000);

  it('counts broadcasts to what waits', async () => {
    const limits = { groupRows: 10, groupBytes: 1_000_000, queueRows: 5, queueBytes: 1_000_000 };
    const tiny = publisherOn(database, limits);
    const burst = () => Promise.allSettled(Array.from({ length: 10 }, () => tiny.publish(tenantId, [broadcast()])));
    const told = codes(await burst());
    expect(told.filter((code) => code === 'overloaded')).toHaveLength(5);
    expect(codes(await burst()).filter((code) => code === 'stored')).toHaveLength(5);
  });

  describe('equal keys at the same moment', () => {
    it('do not break up the group of the others', async () => {
      const events = [...Array.from({ length: 100 }, () => event()), event('twin'), event('twin')];
      const answers = await Promise.all(events.map((one) => publisher.publish(tenantId, [one])));
      expect(groups).toBe(2);
      expect(answers.flat().filter(({ replayed }) => replayed)).toHaveLength(1);
      expect(await stored()).toBe(101);
    });

    it('answer all together once the first is stored', async () => {
      await Promise.all(Array.from({ length: 200 }, () => publisher.publish(tenantId, [event('many')])));
      expect(groups).toBe(2);
      expect(await stored()).toBe(1);
    });

    it('go on as themselves when the first is refused', async () => {
      const nobody: Partial<NewEvent> = { recipient: { kind: 'subscriber', idOrUid: 'nobody' } };
      const events = [event('k', nobody), event('k'), event('k'), event('k', { payload: Buffer.from('{}') })];
      const results = await Promise.allSettled(events.map((one) => publisher.publish(tenantId, [one])));
      expect(codes(results)).toEqual(['subscriber_not_found', 'stored', 'stored', 'idempotency_key_reused']);
    });

    it('do not hold up a request with many keys for ever', async () => {
      const order: string[] = [];
      const publish = async (name: string, keys: string[]) => {
        await publisher.publish(
          tenantId,
          keys.map((key) => event(key)),
        );
        order.push(name);
      };
      const all = [publish('a', ['a']), publish('wide', ['a', 'b', 'c']), publish('b', ['b']), publish('d', ['d'])];
      await Promise.all(all);
      expect(order).toEqual(['a', 'd', 'wide', 'b']);
    });
  });

  it('answers each tenant of a group for itself, also beside one that is gone', async () => {
    const gone = publisher.publish(newUuid(Date.now()), [event()]);
    const results = await Promise.allSettled([gone, publisher.publish(tenantId, [event()])]);
    expect(codes(results)).toEqual(['forbidden', 'stored']);
  });
});
