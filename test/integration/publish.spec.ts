import { encodeId } from '#core';
import { PublishEvents } from '#delivery';
import type { NewEvent } from '#delivery';
import { Database, EventTypeEntity } from '#persistence';
import { addEndpoint, addSubscriber, addTenant, createTestDatabase, testConfig } from '#testing';
import type { TestDatabase } from '#testing';

describe('publishing', () => {
  let test: TestDatabase;
  let database: Database;
  let publisher: PublishEvents;
  let tenantId: string;
  let subscriber: string;
  const woken: string[] = [];
  const fanOuts: string[] = [];

  beforeAll(async () => {
    test = await createTestDatabase();
    database = await Database.open({ url: test.url, appName: 'publish', poolSize: 6, statementTimeoutMs: 10_000 });
    const waker = {
      wake: (ids: Iterable<string>) => void woken.push(...ids),
      wakeFanOut: (id: string) => void fanOuts.push(id),
    };
    publisher = new PublishEvents(database, waker, testConfig(test.url).publish);
  });

  afterAll(async () => {
    await database.close();
    await test.drop();
  });

  beforeEach(async () => {
    tenantId = (await addTenant(database)).id;
    subscriber = encodeId('subscriber', (await addSubscriber(database, tenantId, { uid: 'acme' })).id);
  });

  const event = (more: Partial<NewEvent> = {}): NewEvent => ({
    recipient: { kind: 'subscriber', idOrUid: subscriber },
    type: 'order.placed',
    timestamp: null,
    payload: Buffer.from('{"n":1}'),
    payloadKind: 'data',
    idempotencyKey: null,
    pointer: '',
    ...more,
  });
  const publish = (events: NewEvent[]) => publisher.publish(tenantId, events);
  const stored = async () =>
    (await database.query<{ n: number }>('SELECT count(*)::int AS n FROM events WHERE tenant_id = $1', [tenantId]))[0]
      ?.n;
  const endpoint = async (uid = 'acme') => {
    const [row] = await database.query<{ id: string }>('SELECT id FROM subscribers WHERE tenant_id = $1 AND uid = $2', [
      tenantId,
      uid,
    ]);
    return (await addEndpoint(database, { tenantId, subscriberId: row?.id ?? '', url: 'http://127.0.0.1:9/' })).id;
  };

  it('finds the subscriber by id and by uid', async () => {
    const id = await endpoint();
    const answers = await publish([event(), event({ recipient: { kind: 'subscriber', idOrUid: 'acme' } })]);
    expect(answers).toEqual([expect.objectContaining({ deliveries: 1 }), expect.objectContaining({ deliveries: 1 })]);
    expect(woken.at(-1)).toBe(id);
  });

  it('refuses the whole batch, naming every wrong event, and stores nothing', async () => {
    const unknown: NewEvent['recipient'] = { kind: 'subscriber', idOrUid: 'nobody' };
    const batch = [
      event(),
      event({ recipient: unknown, pointer: '/events/1' }),
      event({ type: 'posthorn.x', pointer: '/events/2' }),
    ];
    await expect(publish(batch)).rejects.toMatchObject({
      code: 'validation_failed',
      errors: [
        expect.objectContaining({ pointer: '/events/1/subscriber', code: 'subscriber_not_found' }),
        expect.objectContaining({ pointer: '/events/2/type', code: 'event_type_reserved' }),
      ],
    });
    expect(await stored()).toBe(0);
  });

  it('knows no subscriber of another tenant, and none that is deleted', async () => {
    const other = (await addTenant(database)).id;
    const foreign = encodeId('subscriber', (await addSubscriber(database, other)).id);
    await expect(publish([event({ recipient: { kind: 'subscriber', idOrUid: foreign } })])).rejects.toMatchObject({
      code: 'subscriber_not_found',
    });
    await database.query('UPDATE subscribers SET deleted_at = now() WHERE tenant_id = $1', [tenantId]);
    await expect(publish([event()])).rejects.toMatchObject({ code: 'subscriber_not_found' });
  });

  it('refuses types outside the catalogue of a strict tenant', async () => {
    await database.query('UPDATE tenants SET strict_event_types = true WHERE id = $1', [tenantId]);
    await expect(publish([event()])).rejects.toMatchObject({ code: 'unknown_event_type' });
    await database.entities().insert(EventTypeEntity, { tenantId, name: 'order.placed' });
    expect(await publish([event()])).toHaveLength(1);
  });

  it('gives the first answer to the same key, and refuses other content under it', async () => {
    const keyed = event({ idempotencyKey: 'k' });
    const [first] = await publish([keyed]);
    expect(await publish([keyed])).toEqual([{ ...first, replayed: true }]);
    await expect(publish([{ ...keyed, payload: Buffer.from('{"n":2}') }])).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
    expect(await stored()).toBe(1);
  });

  it('makes one event of twins at the same moment, and of twins in a batch', async () => {
    const keyed = event({ idempotencyKey: 'twins' });
    const answers = (await Promise.all(Array.from({ length: 30 }, () => publish([keyed, keyed])))).flat();
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await stored()).toBe(1);
  });

  it('uses a key anew after its day', async () => {
    const keyed = event({ idempotencyKey: 'old' });
    const [first] = await publish([keyed]);
    await database.query(`UPDATE idempotency_keys SET expires_at = now() - interval '1 second' WHERE tenant_id = $1`, [
      tenantId,
    ]);
    const [second] = await publish([keyed]);
    expect(second).toMatchObject({ replayed: false });
    expect(second?.id).not.toBe(first?.id);
  });

  it('lets nobody fail for another’s row: one refused request in a group leaves the others alone', async () => {
    const results = await Promise.allSettled([
      publish([event()]),
      publish([event({ recipient: { kind: 'subscriber', idOrUid: 'nobody' } })]),
      publish([event({ payload: Buffer.from('{"n":3}') })]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('broadcasts to every subscriber but the one for notices, and refuses what is too wide', async () => {
    const ids = [await endpoint()];
    const notices = await addSubscriber(database, tenantId, { uid: 'posthorn' });
    await addEndpoint(database, { tenantId, subscriberId: notices.id, url: 'http://127.0.0.1:9/' }, { system: true });
    const everywhere = event({ recipient: { kind: 'broadcast' } });
    expect(await publish([everywhere])).toEqual([expect.objectContaining({ deliveries: 1 })]);
    await addSubscriber(database, tenantId, { uid: 'second' });
    ids.push(await endpoint('second'));
    const [both] = await publish([event({ recipient: { kind: 'broadcast' } })]);
    expect(both).toMatchObject({ deliveries: 2 });
    await database.query('UPDATE tenants SET max_broadcast = 1 WHERE id = $1', [tenantId]);
    await expect(publish([everywhere])).rejects.toMatchObject({ code: 'broadcast_too_wide' });
    expect(await stored()).toBe(2);
    await expect(publish([event({ recipient: { kind: 'subscriber', idOrUid: 'posthorn' } })])).rejects.toMatchObject({
      code: 'subscriber_reserved',
    });
  });

  it('stores a batch with a broadcast too wide not even in part', async () => {
    await endpoint();
    await endpoint();
    await database.query('UPDATE tenants SET max_broadcast = 1 WHERE id = $1', [tenantId]);
    await expect(publish([event(), event({ recipient: { kind: 'broadcast' } })])).rejects.toMatchObject({
      code: 'broadcast_too_wide',
    });
    expect(await stored()).toBe(0);
  });

  it('wakes a very wide broadcast by one job', async () => {
    const subscriberId = (await addSubscriber(database, tenantId)).id;
    await database.query(
      `INSERT INTO endpoints (id, tenant_id, subscriber_id, url, match_keys)
       SELECT gen_random_uuid(), $1, $2, 'http://127.0.0.1:9/', '{*}' FROM generate_series(1, 1100)`,
      [tenantId, subscriberId],
    );
    const before = woken.length;
    const [answer] = await publish([event({ recipient: { kind: 'broadcast' } })]);
    expect(answer).toMatchObject({ deliveries: 1_100 });
    expect(fanOuts).toEqual([answer?.id]);
    expect(woken).toHaveLength(before);
  });

  it('refuses, before anything grows without bound, what waits beyond its queue', async () => {
    const tiny = new PublishEvents(
      database,
      { wake: () => undefined, wakeFanOut: () => undefined },
      {
        groupRows: 10,
        groupBytes: 1_000_000,
        queueRows: 5,
        queueBytes: 1_000_000,
      },
    );
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => tiny.publish(tenantId, [event()])));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(5);
    expect(refused[0]?.reason).toMatchObject({ code: 'overloaded', retryAfterSeconds: 1 });
  });

  it('collects for a paused endpoint, and for a disabled one for 72 hours only', async () => {
    const id = await endpoint();
    const set = (state: string, since: string) =>
      database.query(`UPDATE endpoints SET state = $2, state_since = now() - $3::interval WHERE id = $1`, [
        id,
        state,
        since,
      ]);
    const deliveries = async () => (await publish([event()]))[0]?.deliveries;
    await set('paused', '100 days');
    expect(await deliveries()).toBe(1);
    await set('disabled', '71 hours');
    expect(await deliveries()).toBe(1);
    await set('disabled', '73 hours');
    expect(await deliveries()).toBe(0);
  });
});
