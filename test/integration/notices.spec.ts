import { randomUUID } from 'node:crypto';
import { DAY, encodeId, HOUR, MINUTE, newUuid } from '#core';
import { insertNotices, TellDeaths } from '#delivery';
import type { Transition } from '#delivery';
import { Database, publishEvents, untoldHours } from '#persistence';
import type { Runner } from '#persistence';
import { addEndpoint, addSubscriber, addTenant, createTestDatabase } from '#testing';
import type { TestDatabase } from '#testing';
import { DeadNotices } from '../../apps/dispatcher/src/timers/dead-notices.js';

interface Told {
  id: string;
  type: string;
  subscriberId: string;
  fanOut: number;
  data: Record<string, unknown>;
}

describe('notices', () => {
  let test: TestDatabase;
  let database: Database;
  let tenantId: string;
  /** The tenant's subscriber for notices and its endpoint. */
  let recipient: { id: string; endpointId: string };
  let acme: string;
  let endpointId: string;

  beforeAll(async () => {
    test = await createTestDatabase();
    database = await Database.open({ url: test.url, appName: 'notices', poolSize: 4, statementTimeoutMs: 10_000 });
  });

  afterAll(async () => {
    await database.close();
    await test.drop();
  });

  beforeEach(async () => {
    tenantId = (await addTenant(database)).id;
    recipient = await addRecipient();
    acme = (await addSubscriber(database, tenantId, { uid: 'acme' })).id;
    endpointId = await addPlainEndpoint(acme);
  });

  async function addRecipient(): Promise<{ id: string; endpointId: string }> {
    const { id } = await addSubscriber(database, tenantId, { uid: 'posthorn' });
    const of = { tenantId, subscriberId: id, url: 'http://127.0.0.1:9/notices' };
    return { id, endpointId: (await addEndpoint(database, of, { system: true })).id };
  }

  const addPlainEndpoint = async (subscriberId: string, more: Parameters<typeof addEndpoint>[2] = {}) =>
    (await addEndpoint(database, { tenantId, subscriberId, url: 'http://127.0.0.1:9/hooks' }, more)).id;

  const transition = (more: Partial<Transition> = {}): Transition => ({
    endpointId,
    kind: 'failing',
    reason: 'rejecting',
    since: Date.UTC(2026, 10, 23, 18, 53, 0, 123),
    lastAttempt: null,
    ...more,
  });

  const insert = (...transitions: Transition[]) => database.together((runner) => insertNotices(runner, transitions));

  async function told(): Promise<Told[]> {
    const rows = await database.query<Omit<Told, 'data'> & { payload: Buffer }>(
      `SELECT id, type, subscriber_id AS "subscriberId", fan_out AS "fanOut", payload FROM events
       WHERE tenant_id = $1 AND type LIKE 'posthorn.%' ORDER BY id`,
      [tenantId],
    );
    return rows.map(({ payload, ...row }) => ({ ...row, data: JSON.parse(payload.toString()) as Told['data'] }));
  }

  /** A delivery to the endpoint, pending and not attempted yet. */
  async function addDelivery(to = { subscriberId: acme, endpointId }): Promise<string> {
    const event = { tenantId, type: 'a', matchKeys: ['*', 'a'], occurredAt: null, envelope: true };
    const more = { payload: Buffer.from('1'), idempotencyKey: null, fingerprint: null };
    const [stored] = await publishEvents(database, [{ ...event, ...more, subscriberId: to.subscriberId }]);
    const [row] = await database.query<{ id: string }>(
      'SELECT id FROM deliveries WHERE event_id = $1 AND endpoint_id = $2',
      [stored!.id, to.endpointId],
    );
    return row!.id;
  }

  async function addAttempt(deliveryId: string, number: number, status: number): Promise<void> {
    await database.query(
      `INSERT INTO attempts (delivery_id, number, trigger, started_at, duration_ms, status, error, url)
       VALUES ($1, $2, 'retry', '2026-11-23T18:52:59.5Z', 7, $3, 'http_status', 'http://127.0.0.1:9/hooks')`,
      [deliveryId, number, status],
    );
    await database.query('UPDATE deliveries SET attempts = $2 WHERE id = $1', [deliveryId, number]);
  }

  describe('of transitions', () => {
    it('are events for the tenant’s own subscriber, with everything promised, and say whom to wake', async () => {
      const deliveryId = await addDelivery();
      await addAttempt(deliveryId, 1, 500);
      await addAttempt(deliveryId, 2, 404);
      const wakes = await insert(transition({ lastAttempt: { deliveryId } }));
      expect(wakes).toEqual([recipient.endpointId]);
      expect(await told()).toEqual([
        {
          id: expect.any(String),
          type: 'posthorn.endpoint.failing',
          subscriberId: recipient.id,
          fanOut: 1,
          data: {
            endpointId: encodeId('endpoint', endpointId),
            subscriberId: encodeId('subscriber', acme),
            subscriberUid: 'acme',
            url: 'http://127.0.0.1:9/hooks',
            state: 'active',
            reason: 'rejecting',
            since: '2026-11-23T18:53:00.123Z',
            lastAttempt: expect.objectContaining({
              deliveryId: encodeId('delivery', deliveryId),
              number: 2,
              startedAt: '2026-11-23T18:52:59.500Z',
              response: expect.objectContaining({ statusCode: 404 }),
            }),
          },
        },
      ]);
    });

    it('reach only endpoints whose filter matches, and are kept all the same when none does', async () => {
      await database.query(`UPDATE endpoints SET match_keys = '{posthorn.delivery.*}' WHERE id = $1`, [
        recipient.endpointId,
      ]);
      expect(await insert(transition())).toEqual([]);
      expect(await told()).toEqual([expect.objectContaining({ fanOut: 0 })]);
    });

    it('stay in the order of the transitions, each endpoint woken once', async () => {
      const kinds = ['failing', 'recovered', 'disabled', 'paused'] as const;
      expect(await insert(...kinds.map((kind) => transition({ kind })))).toEqual([recipient.endpointId]);
      expect((await told()).map(({ type }) => type)).toEqual(kinds.map((kind) => `posthorn.endpoint.${kind}`));
    });

    it('show the state as the same transaction has written it', async () => {
      await database.together(async (runner) => {
        await runner.run({ name: 'disable', text: `UPDATE endpoints SET state = 'disabled' WHERE id = $1` }, [
          endpointId,
        ]);
        await insertNotices(runner, [transition({ kind: 'disabled', reason: 'gone' })]);
      });
      expect((await told())[0]?.data).toMatchObject({ state: 'disabled', reason: 'gone' });
    });

    it('are gone with the transaction that was to write the transition', async () => {
      const failing = database.together(async (runner) => {
        await insertNotices(runner, [transition()]);
        throw new Error('the settlement was refused');
      });
      await expect(failing).rejects.toThrow('refused');
      expect(await told()).toEqual([]);
    });

    it('are for nobody where the tenant has no such subscriber, or deleted it', async () => {
      await database.query('UPDATE subscribers SET deleted_at = now() WHERE id = $1', [recipient.id]);
      expect(await insert(transition())).toEqual([]);
      await database.query('UPDATE subscribers SET uid = NULL, deleted_at = NULL WHERE id = $1', [recipient.id]);
      expect(await insert(transition())).toEqual([]);
      expect(await told()).toEqual([]);
    });

    it.each(['system endpoint', 'endpoint of the subscriber for notices', 'deleted endpoint', 'unknown endpoint'])(
      'are never about a %s, and the others of the call are told',
      async (which) => {
        const other = await addPlainEndpoint(acme);
        let subject = endpointId;
        if (which.startsWith('system'))
          await database.query('UPDATE endpoints SET system = true WHERE id = $1', [endpointId]);
        else if (which.startsWith('deleted'))
          await database.query('UPDATE endpoints SET deleted_at = now() WHERE id = $1', [endpointId]);
        else if (which.startsWith('unknown')) subject = newUuid(Date.now());
        else {
          await database.query('UPDATE endpoints SET system = false WHERE id = $1', [recipient.endpointId]);
          subject = recipient.endpointId;
        }
        await insert(transition({ endpointId: subject }), transition({ endpointId: other }));
        expect((await told()).map(({ data }) => data.endpointId)).toEqual([encodeId('endpoint', other)]);
      },
    );

    it('are for no other tenant’s subscriber', async () => {
      const mine = tenantId;
      await database.query('UPDATE subscribers SET deleted_at = now() WHERE id = $1', [recipient.id]);
      tenantId = (await addTenant(database)).id;
      await addRecipient();
      expect(await insert(transition())).toEqual([]);
      expect(await told()).toEqual([]);
      tenantId = mine;
      expect(await told()).toEqual([]);
    });
  });

  describe('of an hour’s dead letters', () => {
    const HOUR_FROM = Math.floor(Date.now() / HOUR) * HOUR - 3 * HOUR;
    const NOW = HOUR_FROM + HOUR + 2 * MINUTE;
    const woken: string[] = [];
    const tell = (now = NOW, of = database) => new TellDeaths(of, (ids) => woken.push(...ids)).tell(now);

    beforeEach(async () => {
      woken.length = 0;
      await database.query('DELETE FROM dead_notices');
      await database.query(`DELETE FROM deliveries`);
    });

    /** A delivery that died so long after the hour began. */
    async function addDeath(
      afterMs: number,
      { reason = 'expired', to = { subscriberId: acme, endpointId } } = {},
    ): Promise<string> {
      const deliveryId = await addDelivery(to);
      await database.query(
        `UPDATE deliveries SET state = 'dead', reason = $2::delivery_reason, settled_at = to_timestamp($3::float8 / 1000) WHERE id = $1`,
        [deliveryId, reason, HOUR_FROM + afterMs],
      );
      return deliveryId;
    }
    const hours = async () => (await told()).map(({ data }) => (data.hour as { from: string }).from);
    const time = (ms: number): string => new Date(ms).toISOString();

    it('say what died when and why, and show the youngest’s last attempt', async () => {
      await addAttempt(await addDeath(0), 1, 500);
      await addDeath(30 * MINUTE, { reason: 'payload_too_large' });
      const youngest = await addDeath(HOUR - 1);
      await addAttempt(youngest, 4, 503);
      await tell();
      expect(woken).toEqual([recipient.endpointId]);
      expect(await told()).toEqual([
        {
          id: expect.any(String),
          type: 'posthorn.delivery.dead',
          subscriberId: recipient.id,
          fanOut: 1,
          data: {
            endpointId: encodeId('endpoint', endpointId),
            subscriberId: encodeId('subscriber', acme),
            subscriberUid: 'acme',
            url: 'http://127.0.0.1:9/hooks',
            state: 'active',
            reason: null,
            since: expect.stringMatching(/Z$/),
            lastAttempt: expect.objectContaining({ deliveryId: encodeId('delivery', youngest), number: 4 }),
            count: 3,
            hour: { from: time(HOUR_FROM), to: time(HOUR_FROM + HOUR) },
            reasons: { expired: 2, payload_too_large: 1 },
          },
        },
      ]);
    });

    it('are told once, however often they are asked for', async () => {
      await addDeath(0);
      await tell();
      await tell();
      await tell(NOW + HOUR);
      expect(await hours()).toEqual([time(HOUR_FROM)]);
    });

    it('are told once when two processes do it at once', async () => {
      const other = await Database.open({ url: test.url, appName: 'other', poolSize: 2, statementTimeoutMs: 10_000 });
      try {
        await addDeath(0);
        await addDeath(1, { to: { subscriberId: acme, endpointId: await addPlainEndpoint(acme) } });
        const before = (await told()).length;
        await Promise.all([tell(), tell(NOW, other), tell(), tell(NOW, other)]);
        expect((await told()).length - before).toBe(2);
      } finally {
        await other.close();
      }
    });

    it('go on where a process ended in the middle', async () => {
      const second = await addPlainEndpoint(acme);
      await addDeath(0);
      await addDeath(0, { to: { subscriberId: acme, endpointId: second } });
      await database.query('INSERT INTO dead_notices VALUES (to_timestamp($1::float8 / 1000), $2)', [
        HOUR_FROM,
        endpointId,
      ]);
      await tell();
      expect((await told()).map(({ data }) => data.endpointId)).toEqual([encodeId('endpoint', second)]);
    });

    it('are not written down as told when the notice could not be stored', async () => {
      await addDeath(0);
      const hour = [HOUR_FROM];
      const broken: Database = Object.create(database, {
        together: {
          value: (work: (runner: Runner) => Promise<unknown>) =>
            database.together(async (runner) => {
              await work(runner);
              throw new Error('the connection was lost');
            }),
        },
      }) as Database;
      await expect(tell(NOW, broken)).rejects.toThrow('lost');
      expect([await untoldHours(database, hour), await told(), woken]).toEqual([hour, [], []]);
      await tell();
      expect(await hours()).toEqual([time(HOUR_FROM)]);
    });

    it('wait until the hour is over, and two minutes more for what commits late', async () => {
      await addDeath(0);
      await tell(NOW - 1);
      expect(await told()).toEqual([]);
      await addDeath(HOUR - 1);
      await tell(NOW);
      expect((await told())[0]?.data.count).toBe(2);
    });

    it('are told later when no process ran then, hour by hour, and after a day no more', async () => {
      await addDeath(0);
      await addDeath(HOUR);
      await tell(NOW + 23 * HOUR);
      expect(await hours()).toEqual([time(HOUR_FROM), time(HOUR_FROM + HOUR)]);
      await database.query('DELETE FROM dead_notices');
      await tell(NOW + 24 * HOUR);
      expect(await hours()).toEqual([time(HOUR_FROM), time(HOUR_FROM + HOUR), time(HOUR_FROM + HOUR)]);
    });

    it('count no test, nothing that was sent again, and nothing of another end', async () => {
      const [test, again, delivered] = [await addDeath(0), await addDeath(0), await addDeath(0)];
      await database.query(`UPDATE deliveries SET trigger = 'test' WHERE id = $1`, [test]);
      await database.query(`UPDATE deliveries SET replayed_by = $2 WHERE id = $1`, [again, newUuid(Date.now())]);
      await database.query(`UPDATE deliveries SET state = 'delivered' WHERE id = $1`, [delivered]);
      await tell();
      expect(await told()).toEqual([]);
    });

    it('are never about endpoints that receive notices', async () => {
      await addDeath(0);
      await addDelivery();
      await database.query('UPDATE endpoints SET system = true WHERE id = $1', [endpointId]);
      await tell();
      expect(await told()).toEqual([]);
    });

    it('are forgotten after two days', async () => {
      await addDeath(0);
      await tell();
      const remembered = async () =>
        (await database.query('SELECT 1 FROM dead_notices WHERE hour = to_timestamp($1::float8 / 1000)', [HOUR_FROM]))
          .length;
      await tell(HOUR_FROM + 2 * DAY);
      expect(await remembered()).toBe(2);
      await tell(HOUR_FROM + 2 * DAY + 1);
      expect(await remembered()).toBe(0);
    });

    it('are the work of one process at a time', async () => {
      const clock = { now: () => NOW, monotonic: () => 0 };
      const rounds = ['one', 'other'].map(() => {
        const times: number[] = [];
        const teller = { tell: async (now: number) => void times.push(now) } as unknown as TellDeaths;
        return { times, timer: new DeadNotices(database, clock, randomUUID(), teller) };
      });
      await Promise.all(rounds.map(({ timer }) => timer.round()));
      expect(rounds.flatMap(({ times }) => times)).toEqual([NOW]);
    });
  });
});
