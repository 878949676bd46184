import { randomUUID } from 'node:crypto';
import { matchKeys, uuidFloor, uuidTime } from '#core';
import { NOTICE_SUBSCRIBER_UID, SettleDesk } from '#delivery';
import type { LaneChange } from '#delivery';
import {
  acquireLanes,
  cancelPending,
  cancelDelivery,
  changedEndpoints,
  claimDeliveries,
  Database,
  dueLanes,
  freshBoundary,
  loadEvents,
  lockOrderedLane,
  insertReplays,
  publishEvents,
  releaseLanes,
  renewLeases,
  settleAttempts,
  sweepLanes,
} from '#persistence';
import type { AttemptToSettle, ClaimRequest, EventRow, LaneFlow, Runner } from '#persistence';
import { addEndpoint, addSubscriber, addTenant, createTestDatabase } from '#testing';
import type { TestDatabase } from '#testing';

/** The statements of the lane, one by one, against Postgres: each rule of the protocol where it lives. */
describe('the lane in Postgres', () => {
  const IDS = { oldest: uuidFloor(Date.now() - 8 * 86_400_000), newest: uuidFloor(Date.now() + 3_600_000) };
  const LEASE_MS = 60_000;
  const UNCHANGED = { version: 1, flow: null };
  let test: TestDatabase;
  let database: Database;
  let tenantId: string;
  let subscriberId: string;

  beforeAll(async () => {
    test = await createTestDatabase();
    database = await Database.open({
      url: test.url,
      appName: 'lane-protocol',
      poolSize: 5,
      statementTimeoutMs: 10_000,
    });
    tenantId = (await addTenant(database)).id;
  });

  afterAll(async () => {
    await database.close();
    await test.drop();
  });

  beforeEach(async () => {
    subscriberId = (await addSubscriber(database, tenantId)).id;
  });

  const endpoint = (more: Parameters<typeof addEndpoint>[2] = {}) =>
    addEndpoint(database, { tenantId, subscriberId, url: 'http://127.0.0.1:9/' }, more);

  const event = (more: Partial<EventRow> = {}): EventRow => ({
    tenantId,
    subscriberId,
    type: 'order.placed',
    matchKeys: matchKeys('order.placed'),
    occurredAt: null,
    envelope: true,
    payload: Buffer.from('{"n":1}'),
    idempotencyKey: null,
    fingerprint: null,
    ...more,
  });

  const acquire = async (endpointId: string, holder = randomUUID(), leaseMs = LEASE_MS) => {
    const [answer] = await acquireLanes(database, [endpointId], holder, leaseMs, IDS);
    if (!answer) throw new Error('no answer');
    return { holder, ...answer };
  };

  const claim = async (endpointId: string, epoch: number, more: Partial<ClaimRequest> = {}) => {
    const request = {
      endpointId,
      epoch,
      floor: null,
      ceiling: null,
      limit: 100,
      replays: null,
      testsOnly: false,
      ...more,
    };
    const [answer] = await claimDeliveries(database, [request], IDS);
    if (!answer) throw new Error('no answer');
    return answer;
  };

  const settlement = (
    deliveryId: string,
    endpointId: string,
    epoch: number,
    more: Partial<AttemptToSettle> = {},
  ): AttemptToSettle => ({
    deliveryId,
    endpointId,
    epoch,
    verdict: 'delivered',
    reason: null,
    nextAt: null,
    advances: false,
    seen: 0,
    record: {
      trigger: 'initial',
      startedAt: Date.now(),
      durationMs: 12,
      dnsMs: null,
      connectMs: 1,
      tlsMs: null,
      firstByteMs: 10,
      status: 200,
      error: null,
      retryAfterUntil: null,
      url: 'http://127.0.0.1:9/',
      contentType: 'text/plain',
      retryAfter: null,
      location: null,
      body: Buffer.from('ok'),
      truncated: false,
    },
    ...more,
  });

  const rowOf = async (id: string) => {
    const [row] = await database.query<{
      state: string;
      reason: string | null;
      attempts: number;
      step: number;
      nextAt: Date;
    }>('SELECT state, reason, attempts, step, next_at AS "nextAt" FROM deliveries WHERE id = $1', [id]);
    return row;
  };

  it('stores an event with all its deliveries, whose ids begin with the id of their event', async () => {
    const [a, b] = [await endpoint(), await endpoint()];
    const [stored] = await publishEvents(database, [event()]);
    expect(stored).toMatchObject({ deliveries: 2 });
    expect(stored?.endpointIds.sort()).toEqual([a.id, b.id].sort());
    const rows = await database.query<{ id: string }>('SELECT id FROM deliveries WHERE event_id = $1', [stored?.id]);
    expect(rows).toHaveLength(2);
    for (const { id } of rows) expect(id.slice(0, 23)).toBe(stored?.id.slice(0, 23));
    expect(Math.abs(uuidTime(stored?.id ?? '') - Date.now())).toBeLessThan(5_000);
  });

  it('gives ids in the order of the events, in a statement and from one statement to the next', async () => {
    await endpoint();
    const first = await publishEvents(
      database,
      Array.from({ length: 300 }, () => event()),
    );
    const second = await publishEvents(database, [event()]);
    const ids = [...first, ...second].map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted());
  });

  it('matches filters by their keys, and keeps each payload to itself', async () => {
    const all = await endpoint();
    const orders = await endpoint({ eventTypes: ['order.*'] });
    await endpoint({ eventTypes: ['invoice.*'] });
    const payloads = ['{"a":1}', '"ü😀"', '[]'];
    const stored = await publishEvents(
      database,
      payloads.map((payload) => event({ payload: Buffer.from(payload) })),
    );
    for (const one of stored) expect(one.endpointIds.sort()).toEqual([all.id, orders.id].sort());
    const events = await loadEvents(
      database,
      stored.map(({ id }) => id),
    );
    expect(stored.map(({ id }) => events.get(id)?.payload.toString())).toEqual(payloads);
  });

  it('fails the statement, and stores nothing, when an idempotency key is there already', async () => {
    await endpoint();
    const keyed = () => event({ idempotencyKey: 'k1', fingerprint: Buffer.alloc(32) });
    await publishEvents(database, [keyed()]);
    await expect(publishEvents(database, [event({ type: 'order.cancelled' }), keyed()])).rejects.toMatchObject({
      code: '23505',
    });
    const rows = await database.query('SELECT 1 FROM events WHERE subscriber_id = $1', [subscriberId]);
    expect(rows).toHaveLength(1);
  });

  it('has one holder: a second process gets nothing and leaves its knock, which the release answers', async () => {
    const { id } = await endpoint();
    const held = await acquire(id);
    expect(held).toMatchObject({ acquired: true, epoch: 1, granted: 4, active: true, version: 1, flow: null });
    expect(await acquire(id)).toMatchObject({ acquired: false });
    expect(
      await releaseLanes(database, [{ endpointId: id, epoch: 1, notBefore: null, ...UNCHANGED }], held.holder, IDS),
    ).toEqual([{ endpointId: id, goOn: true }]);
    expect(await acquire(id)).toMatchObject({ acquired: true, epoch: 2, granted: 4 });
  });

  it('leaves a knock also for the holder itself, so that no wake is lost between its last look and its release', async () => {
    const { id } = await endpoint();
    const held = await acquire(id);
    expect(await acquire(id, held.holder)).toMatchObject({ acquired: false });
    const [released] = await releaseLanes(
      database,
      [{ endpointId: id, epoch: held.epoch, notBefore: null, ...UNCHANGED }],
      held.holder,
      IDS,
    );
    expect(released?.goOn).toBe(true);
  });

  it('counts what an expired holder was granted as still in flight, over several holders, until lease end and timeout', async () => {
    const { id } = await endpoint({ concurrency: 10, timeoutMs: 15_000 });
    const first = await acquire(id, randomUUID(), 1);
    await renewLeases(
      database,
      [{ endpointId: id, epoch: first.epoch, granted: 4, timeoutMs: 15_000, flow: null }],
      -1,
      first.holder,
    );
    const second = await acquire(id, randomUUID(), 1);
    expect(second).toMatchObject({ acquired: true, epoch: 2, granted: 4, inherited: 4 });
    expect(second.inheritedUntil).toBeGreaterThan(Date.now() + 14_000);
    await renewLeases(
      database,
      [{ endpointId: id, epoch: 2, granted: 5, timeoutMs: 15_000, flow: null }],
      -1,
      second.holder,
    );
    const third = await acquire(id, randomUUID(), LEASE_MS);
    expect(third).toMatchObject({ acquired: true, epoch: 3, granted: 1, inherited: 9 });
    const [released] = await releaseLanes(
      database,
      [{ endpointId: id, epoch: 3, notBefore: null, ...UNCHANGED }],
      third.holder,
      IDS,
    );
    expect(released?.goOn).toBe(false);
    expect(await acquire(id)).toMatchObject({ granted: 1 });
  });

  it('renews only the current epoch of the same holder', async () => {
    const { id } = await endpoint();
    const first = await acquire(id, randomUUID(), 1);
    await renewLeases(
      database,
      [{ endpointId: id, epoch: 1, granted: 10, timeoutMs: 15_000, flow: null }],
      -1,
      first.holder,
    );
    const second = await acquire(id);
    const renew = (epoch: number, holder: string) =>
      renewLeases(database, [{ endpointId: id, epoch, granted: 10, timeoutMs: 15_000, flow: null }], LEASE_MS, holder);
    expect(await renew(1, first.holder)).toEqual(new Set());
    expect(await renew(2, first.holder)).toEqual(new Set());
    expect(await renew(2, second.holder)).toEqual(new Set([id]));
  });

  it('tells which endpoints have changed', async () => {
    const [a, b] = [await endpoint(), await endpoint()];
    await database.query('UPDATE endpoints SET version = 2 WHERE id = $1', [b.id]);
    const known = [a, b].map(({ id }) => ({ endpointId: id, version: 1 }));
    expect(await changedEndpoints(database, known)).toEqual(new Set([b.id]));
  });

  it('claims what is due, oldest first, and says when the lease is not the asker’s any more', async () => {
    const { id } = await endpoint();
    const { epoch } = await acquire(id);
    const stored = await publishEvents(database, [event(), event(), event()]);
    const answer = await claim(id, epoch);
    expect(answer).toMatchObject({ held: true, version: 1 });
    expect(answer.deliveries.map(({ eventId }) => eventId)).toEqual(stored.map(({ id: eventId }) => eventId));
    expect((await claim(id, epoch, { limit: 2 })).deliveries).toHaveLength(2);
    expect(await claim(id, epoch + 1)).toMatchObject({ held: false });
  });

  it('delivers at any epoch, also over cancelled and dead; retries and deaths need the current epoch and pending', async () => {
    const { id } = await endpoint();
    await publishEvents(
      database,
      Array.from({ length: 5 }, () => event()),
    );
    const { epoch } = await acquire(id);
    const ids = (await claim(id, epoch)).deliveries.map((delivery) => delivery.id);
    const [late = '', cancelled = '', dead = '', retried = '', stale = ''] = ids;
    await database.query(`UPDATE deliveries SET state = 'cancelled', reason = 'cancelled' WHERE id = $1`, [cancelled]);
    await database.query(`UPDATE deliveries SET state = 'dead', reason = 'expired' WHERE id = $1`, [dead]);
    const at = Date.now() + 60_000;
    await settleAttempts(database, [
      settlement(late, id, epoch - 1),
      settlement(cancelled, id, epoch - 1),
      settlement(dead, id, epoch),
      settlement(retried, id, epoch, { verdict: 'retry', nextAt: at, advances: true }),
      settlement(stale, id, epoch - 1, { verdict: 'dead', reason: 'gone' }),
    ]);
    for (const one of [late, cancelled, dead])
      expect(await rowOf(one)).toMatchObject({ state: 'delivered', reason: null, attempts: 1 });
    expect(await rowOf(retried)).toMatchObject({ state: 'pending', attempts: 1, step: 1, nextAt: new Date(at) });
    expect(await rowOf(stale)).toMatchObject({ state: 'pending', reason: null, attempts: 1, step: 0 });
    await settleAttempts(database, [settlement(late, id, epoch, { verdict: 'dead', reason: 'gone' })]);
    expect(await rowOf(late)).toMatchObject({ state: 'delivered', attempts: 2 });
    const numbers = await database.query<{ number: number }>(
      'SELECT number FROM attempts WHERE delivery_id = $1 ORDER BY number',
      [late],
    );
    expect(numbers.map(({ number }) => number)).toEqual([1, 2]);
  });

  it('writes a settlement once, however often it is written because its answer was lost', async () => {
    const { id } = await endpoint();
    await publishEvents(database, [event(), event()]);
    const { epoch } = await acquire(id);
    const [failed = '', worked = ''] = (await claim(id, epoch)).deliveries.map((delivery) => delivery.id);
    const rows = [
      settlement(failed, id, epoch, { verdict: 'retry', nextAt: Date.now() + 60_000, advances: true }),
      settlement(worked, id, epoch),
    ];
    for (const again of [false, true, true]) await settleAttempts(database, rows, again);
    expect(await rowOf(failed)).toMatchObject({ state: 'pending', attempts: 1, step: 1 });
    expect(await rowOf(worked)).toMatchObject({ state: 'delivered', attempts: 1 });
    // What was never written is written by the repetition; `delivered` also when somebody else has settled meanwhile.
    await settleAttempts(database, [settlement(failed, id, epoch, { seen: 0 })], true);
    expect(await rowOf(failed)).toMatchObject({ state: 'delivered', attempts: 2 });
  });

  it('settles the same delivery twice in one go one after the other, so that neither is left out', async () => {
    const { id } = await endpoint();
    await publishEvents(database, [event()]);
    const { epoch } = await acquire(id);
    const [delivery = ''] = (await claim(id, epoch)).deliveries.map((one) => one.id);
    const desk = new SettleDesk(
      database,
      () => undefined,
      () => undefined,
    );
    await Promise.all([
      desk.settle(settlement(delivery, id, epoch, { verdict: 'retry', nextAt: Date.now() + 60_000 })),
      desk.settle(settlement(delivery, id, epoch - 1)),
    ]);
    expect(await rowOf(delivery)).toMatchObject({ state: 'delivered', attempts: 2 });
  });

  const change = (more: Partial<LaneChange> = {}): LaneChange => ({
    flow: flowAt(Date.now()),
    transition: null,
    reason: null,
    since: Date.now(),
    disables: null,
    ...more,
  });

  const flowAt = (at: number, more: Partial<LaneFlow> = {}): LaneFlow => ({
    at,
    flow: { at, retryAfter: at + 60_000 },
    pausedUntil: at + 60_000,
    pauseReason: 'retry_after',
    ...more,
  });

  it('disables an endpoint that answered 410, by its current epoch only', async () => {
    const { id } = await endpoint();
    await publishEvents(database, [event(), event()]);
    const { epoch } = await acquire(id);
    const [a = '', b = ''] = (await claim(id, epoch)).deliveries.map((delivery) => delivery.id);
    const gone = { verdict: 'dead', reason: 'gone' } as const;
    const desk = new SettleDesk(
      database,
      () => undefined,
      () => undefined,
    );
    const state = async () =>
      (await database.query<{ state: string }>('SELECT state FROM endpoints WHERE id = $1', [id]))[0]?.state;
    await desk.settle(settlement(a, id, epoch - 1, gone), change({ disables: 'gone' }));
    expect(await state()).toBe('active');
    await desk.settle(settlement(b, id, epoch, gone), change({ disables: 'gone' }));
    expect(await state()).toBe('disabled');
  });

  const pauseOf = async (id: string) =>
    (
      await database.query<{ until: Date | null; reason: string | null }>(
        'SELECT paused_until AS until, pause_reason AS reason FROM lanes WHERE endpoint_id = $1',
        [id],
      )
    )[0];

  it('commits a pause with the settlement that caused it, by the current epoch only, and never an older one over a newer', async () => {
    const { id } = await endpoint();
    await publishEvents(database, [event()]);
    const { epoch, holder } = await acquire(id);
    const [delivery = ''] = (await claim(id, epoch)).deliveries.map((one) => one.id);
    const desk = new SettleDesk(
      database,
      () => undefined,
      () => undefined,
    );
    const retry = (of: number) =>
      settlement(delivery, id, of, { verdict: 'retry', nextAt: Date.now() + 60_000, advances: false });
    await desk.settle(retry(epoch - 1), change());
    expect(await pauseOf(id)).toEqual({ until: null, reason: null });
    const at = Date.now();
    await desk.settle(retry(epoch), change({ flow: flowAt(at) }));
    expect(await pauseOf(id)).toEqual({ until: new Date(at + 60_000), reason: 'retry_after' });
    const older = flowAt(at - 1, { pausedUntil: null, pauseReason: null });
    await renewLeases(
      database,
      [{ endpointId: id, epoch, granted: 4, timeoutMs: 15_000, flow: older }],
      LEASE_MS,
      holder,
    );
    expect(await pauseOf(id)).toMatchObject({ reason: 'retry_after' });
  });

  it('tells a transition of the current epoch once, however often it is stored because its answer was lost', async () => {
    const notices = await addSubscriber(database, tenantId, { uid: NOTICE_SUBSCRIBER_UID });
    const { id } = await endpoint();
    await publishEvents(database, [event(), event(), event()]);
    const { epoch } = await acquire(id);
    const [stale = '', failed = '', worked = ''] = (await claim(id, epoch)).deliveries.map((delivery) => delivery.id);
    let commits = 0;
    const losesAnswers = Object.create(database, {
      together: {
        value: async (work: (runner: Runner) => Promise<unknown>) => {
          const answer = await database.together(work);
          commits += 1;
          if (commits % 2 === 1) throw Object.assign(new Error('the connection was lost'), { code: 'ECONNRESET' });
          return answer;
        },
      },
    }) as Database;
    const desk = new SettleDesk(
      losesAnswers,
      () => undefined,
      () => undefined,
    );
    const since = Date.now();
    const breaker = (at: number, closedAt: number | null) =>
      flowAt(at, {
        flow: { at, breaker: { reason: 'failing', since, until: since + 60_000, openings: 1, closedAt } },
      });
    const opens = change({ flow: breaker(since, null), transition: 'failing', reason: 'failing' });
    const closes = change({ flow: breaker(since + 1, since + 1), transition: 'recovered', reason: 'failing' });
    const retry = { verdict: 'retry', nextAt: since + 60_000 } as const;
    const told = async () =>
      (
        await database.query<{ type: string }>('SELECT type FROM events WHERE subscriber_id = $1 ORDER BY id', [
          notices.id,
        ])
      ).map(({ type }) => type);
    await desk.settle(settlement(stale, id, epoch - 1, retry), opens);
    expect(await told()).toEqual([]);
    await desk.settle(settlement(failed, id, epoch, retry), opens);
    expect(await told()).toEqual(['posthorn.endpoint.failing']);
    await desk.settle(settlement(worked, id, epoch), closes);
    expect(await told()).toEqual(['posthorn.endpoint.failing', 'posthorn.endpoint.recovered']);
    expect(commits).toBe(6);
  });

  it('leaves a free lane that is paused alone, but for a test, and never before a Retry-After', async () => {
    const { id } = await endpoint();
    const release = async (reason: LaneFlow['pauseReason'], epoch: number, holder: string) =>
      releaseLanes(
        database,
        [{ endpointId: id, epoch, notBefore: null, version: 1, flow: flowAt(Date.now(), { pauseReason: reason }) }],
        holder,
        IDS,
      );
    const first = await acquire(id);
    await release('breaker', first.epoch, first.holder);
    expect(await acquireLanes(database, [id], randomUUID(), LEASE_MS, IDS)).toEqual([]);
    await publishEvents(database, [event()]);
    await database.query(`UPDATE deliveries SET trigger = 'test' WHERE endpoint_id = $1`, [id]);
    const second = await acquire(id);
    expect(second).toMatchObject({ acquired: true, flow: { retryAfter: expect.any(Number) } });
    await release('retry_after', second.epoch, second.holder);
    expect(await acquireLanes(database, [id], randomUUID(), LEASE_MS, IDS)).toEqual([]);
  });

  it('does not keep the pause of a lane whose endpoint was resumed meanwhile, and goes on', async () => {
    const { id } = await endpoint();
    const held = await acquire(id);
    await database.query('UPDATE endpoints SET version = 2, resumed_at = now() WHERE id = $1', [id]);
    const lane = { endpointId: id, epoch: held.epoch, notBefore: null, version: 1, flow: flowAt(Date.now()) };
    expect(await releaseLanes(database, [lane], held.holder, IDS)).toEqual([{ endpointId: id, goOn: true }]);
    expect(await pauseOf(id)).toEqual({ until: null, reason: null });
  });

  it('does not keep the head that a lane waited for if it was cancelled meanwhile', async () => {
    const { id } = await endpoint({ ordering: 'fifo' });
    const held = await acquire(id);
    await database.query('UPDATE endpoints SET version = 2 WHERE id = $1', [id]);
    const at = Date.now();
    const flow = flowAt(at, { flow: { at, order: at + 60_000, lossStreak: 1 }, pauseReason: 'order' });
    const lane = { endpointId: id, epoch: held.epoch, notBefore: at + 60_000, version: 1, flow };
    expect(await releaseLanes(database, [lane], held.holder, IDS)).toEqual([{ endpointId: id, goOn: true }]);
    expect((await acquire(id)).flow).toEqual({ at, lossStreak: 1 });
  });

  it('does not keep the pause either when the resume commits while the release waits for it', async () => {
    const { id } = await endpoint();
    const held = await acquire(id);
    const lane = { endpointId: id, epoch: held.epoch, notBefore: null, version: 1, flow: flowAt(Date.now()) };
    const released = await database.transaction(async () => {
      await database.query('UPDATE endpoints SET version = 2, resumed_at = now() WHERE id = $1', [id]);
      await database.query('UPDATE lanes SET paused_until = NULL, wake_at = now() WHERE endpoint_id = $1', [id]);
      const answer = releaseLanes(database, [lane], held.holder, IDS);
      await database.query('SELECT pg_sleep(0.2)');
      return { answer };
    });
    expect(await released.answer).toEqual([{ endpointId: id, goOn: true }]);
    expect(await pauseOf(id)).toEqual({ until: null, reason: null });
  });

  it('cancels a head that fails at the same moment in a way that its lane does not wait for it', async () => {
    const { id } = await endpoint({ ordering: 'fifo' });
    await publishEvents(database, [event()]);
    const { epoch } = await acquire(id);
    const head = (await claim(id, epoch)).deliveries[0]?.id ?? '';
    const desk = new SettleDesk(
      database,
      () => undefined,
      () => undefined,
    );
    const at = Date.now();
    const flow = flowAt(at, { flow: { at, order: at + 60_000 }, pauseReason: 'order' });
    const row = settlement(head, id, epoch, { verdict: 'retry', nextAt: null });
    const { overtaken } = await database.transaction(async () => {
      await lockOrderedLane(database, head);
      const overtaken = desk.settle(row, { flow, transition: null, reason: null, since: at, disables: null });
      await database.query('SELECT pg_sleep(0.2)');
      await cancelDelivery(database, { tenantId, subscriberId: null }, head);
      return { overtaken };
    });
    expect(await overtaken).toBe(true);
  });

  it('claims a backlog up to its watermark and what came after it as two queues', async () => {
    const { id } = await endpoint();
    const { epoch } = await acquire(id);
    await publishEvents(database, [event(), event()]);
    const old = (await claim(id, epoch)).deliveries;
    const watermark = old[1]?.nextAt ?? 0;
    await publishEvents(database, [event()]);
    expect((await claim(id, epoch, { ceiling: watermark })).deliveries).toHaveLength(2);
    expect((await claim(id, epoch, { floor: watermark + 0.001 })).deliveries).toHaveLength(1);
    expect(await freshBoundary(database, id, 1, IDS)).toBe(watermark);
    expect(await freshBoundary(database, id, 3, IDS)).toBeNull();
  });

  it('says when a delivery that was to be tried again had been settled by somebody else', async () => {
    const { id } = await endpoint();
    await publishEvents(database, [event()]);
    const { epoch } = await acquire(id);
    const [delivery = ''] = (await claim(id, epoch)).deliveries.map((one) => one.id);
    const retry = settlement(delivery, id, epoch, { verdict: 'retry', nextAt: null, advances: true });
    expect(await settleAttempts(database, [retry])).toEqual(new Set());
    await database.query(`UPDATE deliveries SET state = 'cancelled', reason = 'cancelled' WHERE id = $1`, [delivery]);
    expect(await settleAttempts(database, [retry])).toEqual(new Set([delivery]));
  });

  it('releases with the time of the next due delivery, and goes on when one is due already', async () => {
    const { id } = await endpoint();
    await publishEvents(database, [event()]);
    const held = await acquire(id);
    const release = async (epoch: number) =>
      (await releaseLanes(database, [{ endpointId: id, epoch, notBefore: null, ...UNCHANGED }], held.holder, IDS))[0];
    expect(await release(held.epoch)).toMatchObject({ goOn: true });
    const again = await acquire(id, held.holder);
    const [delivery] = (await claim(id, again.epoch)).deliveries;
    await settleAttempts(database, [
      settlement(delivery?.id ?? '', id, again.epoch, { verdict: 'retry', nextAt: Date.now() + 60_000 }),
    ]);
    expect(await release(again.epoch)).toMatchObject({ goOn: false });
    const wakeAt = async () =>
      (
        await database.query<{ wakeAt: Date | null }>('SELECT wake_at AS "wakeAt" FROM lanes WHERE endpoint_id = $1', [
          id,
        ])
      )[0]?.wakeAt;
    expect((await wakeAt())?.getTime()).toBeGreaterThan(Date.now() + 50_000);
    expect(await dueLanes(database, 100)).not.toContain(id);
    await database.query(`UPDATE lanes SET wake_at = now() WHERE endpoint_id = $1`, [id]);
    expect(await dueLanes(database, 100)).toContain(id);
    expect(await wakeAt()).toBeNull();
  });

  it('names lanes whose lease has run out', async () => {
    const { id } = await endpoint();
    const held = await acquire(id);
    expect(await dueLanes(database, 100)).not.toContain(id);
    await renewLeases(database, [{ endpointId: id, epoch: 1, granted: 1, timeoutMs: 1, flow: null }], -1, held.holder);
    expect(await dueLanes(database, 100)).toContain(id);
  });

  it('sweeps, in slices, every endpoint with something due that nobody holds and nothing will wake', async () => {
    const forgotten = await Promise.all(Array.from({ length: 5 }, () => endpoint()));
    const held = await endpoint();
    const timed = await endpoint();
    const paused = await endpoint({ state: 'paused' });
    await publishEvents(database, [event()]);
    await acquire(held.id);
    const { epoch, holder } = await acquire(timed.id);
    await releaseLanes(
      database,
      [{ endpointId: timed.id, epoch, notBefore: Date.now() + 60_000, ...UNCHANGED }],
      holder,
      IDS,
    );
    const found: string[] = [];
    for (let after: string | null = '00000000-0000-0000-0000-000000000000'; after !== null;) {
      const slice: Awaited<ReturnType<typeof sweepLanes>> = await sweepLanes(database, IDS, after, 3);
      found.push(...slice.endpointIds);
      after = slice.next;
    }
    expect(found).toEqual(expect.arrayContaining(forgotten.map(({ id }) => id)));
    for (const { id } of [held, timed, paused]) expect(found).not.toContain(id);
  });

  it('claims what replays made beside what is live, wakes the lane for it, and sweeps for it', async () => {
    const { id } = await endpoint();
    await publishEvents(database, [event(), event()]);
    const { holder, epoch } = await acquire(id);
    const old = (await claim(id, epoch)).deliveries.map((delivery) => delivery.id);
    await settleAttempts(database, [settlement(old[0] ?? '', id, epoch, { verdict: 'dead', reason: 'expired' })]);
    expect(await insertReplays(database, randomUUID(), old)).toEqual({ endpointIds: [id], made: 1 });

    const { deliveries, replays } = await claim(id, epoch, { replays: { floor: null, limit: 5 } });
    expect(deliveries.map((delivery) => delivery.id)).toEqual([old[1]]);
    expect(replays).toHaveLength(1);
    expect((await claim(id, epoch, { replays: { floor: null, limit: 0 } })).replays).toHaveLength(0);

    const replayed = replays[0]?.id ?? '';
    const soon = settlement(replayed, id, epoch, { verdict: 'retry', nextAt: Date.now() + 60_000 });
    await settleAttempts(database, [settlement(old[1] ?? '', id, epoch), soon]);
    const lane = { endpointId: id, epoch, notBefore: null, ...UNCHANGED };
    expect(await releaseLanes(database, [lane], holder, IDS)).toEqual([{ endpointId: id, goOn: false }]);
    const [timed] = await database.query<{ waits: boolean }>(
      'SELECT wake_at > now() AS waits FROM lanes WHERE endpoint_id = $1',
      [id],
    );
    expect(timed?.waits).toBe(true);

    await database.query('UPDATE lanes SET wake_at = NULL WHERE endpoint_id = $1', [id]);
    await database.query('UPDATE deliveries SET next_at = now() WHERE id = $1', [replayed]);
    const before = (BigInt(`0x${id.replaceAll('-', '')}`) - 1n).toString(16).padStart(32, '0');
    expect((await sweepLanes(database, IDS, before, 1)).endpointIds).toEqual([id]);

    const upTo = { endpointId: id, upTo: IDS.newest, reason: 'cancelled' as const };
    expect(await cancelPending(database, upTo)).toBe(1);
  });

  it('shows a paused lane nothing but tests', async () => {
    const { id } = await endpoint({ state: 'paused' });
    await publishEvents(database, [event()]);
    const { epoch, active } = await acquire(id);
    expect(active).toBe(false);
    expect((await claim(id, epoch, { testsOnly: true })).deliveries).toHaveLength(0);
    await database.query(`UPDATE deliveries SET trigger = 'test' WHERE endpoint_id = $1`, [id]);
    expect((await claim(id, epoch, { testsOnly: true })).deliveries).toHaveLength(1);
  });
});
