import { decodeId, encodeId } from '#core';
import { TestApi } from '../api/api.js';
import type { TestTenant } from '../api/api.js';

/** Timestamps as milliseconds, so that equality is what it looks like. */
interface LaneRow {
  pausedUntil: number | null;
  pauseReason: string | null;
  wakeDue: boolean;
  flow: Record<string, unknown> | null;
}

describe('the states of an endpoint', () => {
  const URL = 'https://acme.example/hooks';
  let api: TestApi;
  let tenant: TestTenant;
  /** The endpoint of the tenant's subscriber for notices. */
  let inbox: string;

  beforeAll(async () => {
    api = await TestApi.start();
  });
  afterAll(() => api.stop());

  beforeEach(async () => {
    tenant = await api.addTenant();
    await api.addSubscriber(tenant, 'posthorn');
    inbox = (await api.addEndpoint(tenant, 'posthorn')).id;
    await api.addSubscriber(tenant, 'acme');
  });

  const bare = (id: string): string => decodeId('endpoint', id) ?? '';
  const add = (more: object = {}) => api.addEndpoint(tenant, 'acme', { url: URL, ...more });
  const post = (id: string, path: string, body?: object) =>
    api.expect(200, 'POST', `/v1/endpoints/${id}/${path}`, { key: tenant.key, ...(body ? { body } : {}) });
  const patch = (id: string, body: object) =>
    api.expect(200, 'PATCH', `/v1/endpoints/${id}`, { key: tenant.key, body });

  async function notices(): Promise<{ type: string; data: Record<string, unknown> }[]> {
    const rows = await api.database.query<{ type: string; payload: Buffer }>(
      `SELECT type, payload FROM events WHERE tenant_id = $1 AND type LIKE 'posthorn.%' ORDER BY id`,
      [tenant.id],
    );
    return rows.map(({ type, payload }) => ({ type, data: JSON.parse(payload.toString()) as Record<string, unknown> }));
  }
  const types = async (): Promise<string[]> => (await notices()).map(({ type }) => type);

  async function disable(id: string): Promise<void> {
    await api.database.query(`UPDATE endpoints SET state = 'disabled', state_reason = 'gone' WHERE id = $1`, [
      bare(id),
    ]);
  }

  async function addLane(id: string, pauseReason: string, { held = false, flow = {} } = {}): Promise<void> {
    await api.database.query(
      `INSERT INTO lanes (endpoint_id, tenant_id, paused_until, pause_reason, lease_until, flow)
       VALUES ($1, $2, now() + interval '1 hour', $3, CASE WHEN $4::boolean THEN now() + interval '1 hour' END, $5::jsonb)`,
      [bare(id), tenant.id, pauseReason, held, JSON.stringify(flow)],
    );
  }

  async function lane(id: string): Promise<LaneRow | undefined> {
    const [row] = await api.database.query<LaneRow>(
      `SELECT extract(epoch FROM paused_until)::float8 * 1000 AS "pausedUntil", pause_reason AS "pauseReason",
              coalesce(wake_at <= now(), false) AS "wakeDue", flow FROM lanes WHERE endpoint_id = $1`,
      [bare(id)],
    );
    return row;
  }

  async function marks(id: string): Promise<{ resumed: boolean; moved: boolean; version: number }> {
    const [row] = await api.database.query<{ resumed: boolean; moved: boolean; version: number }>(
      'SELECT resumed_at IS NOT NULL AS resumed, moved_at IS NOT NULL AS moved, version FROM endpoints WHERE id = $1',
      [bare(id)],
    );
    return row!;
  }

  const FREE = { pausedUntil: null, pauseReason: null, wakeDue: true };

  describe('paused', () => {
    it('tells the tenant once, however often it is paused, and wakes who is to hear of it', async () => {
      const { id } = await add();
      api.woken.length = 0;
      const { body } = await post(id, 'pause');
      await post(id, 'pause');
      expect(await notices()).toEqual([
        {
          type: 'posthorn.endpoint.paused',
          data: {
            endpointId: id,
            subscriberId: body.subscriberId,
            subscriberUid: 'acme',
            url: URL,
            state: 'paused',
            reason: 'paused_by_tenant',
            since: body.stateSince,
            lastAttempt: null,
          },
        },
      ]);
      expect(api.woken).toEqual([bare(id), bare(inbox)]);
      const { body: deliveries } = await api.call('GET', `/v1/deliveries?endpoint=${inbox}`, { key: tenant.key });
      expect(deliveries.data).toMatchObject([{ eventType: 'posthorn.endpoint.paused', state: 'pending' }]);
    });

    it('says so when the subscriber did it', async () => {
      const { id } = await add();
      const body = { name: 't', scope: 'manage' };
      const token = await api.expect(201, 'POST', '/v1/subscribers/acme/tokens', { key: tenant.key, body });
      await api.expect(200, 'POST', `/v1/endpoints/${id}/pause`, { key: token.body.key });
      expect((await notices())[0]?.data.reason).toBe('paused_by_subscriber');
    });

    it('tells nobody when it was disabled before: it sends no less than it did', async () => {
      const { id } = await add();
      await disable(id);
      await post(id, 'pause');
      expect(await types()).toEqual([]);
    });

    it('tells nobody of the endpoints that receive notices', async () => {
      await post(inbox, 'pause');
      await disable(inbox);
      await post(inbox, 'resume');
      expect(await types()).toEqual([]);
    });

    it('works as before where nobody is to be told', async () => {
      await api.expect(204, 'DELETE', '/v1/subscribers/posthorn', { key: tenant.key });
      const { id } = await add();
      expect((await post(id, 'pause')).body.state).toBe('paused');
      expect(await types()).toEqual([]);
    });
  });

  describe('resumed', () => {
    it.each(['retry_after', 'breaker', 'order'])('an active one ends the pause of its lane by %s', async (reason) => {
      const { id, stateSince } = await add();
      await addLane(id, reason);
      const before = await marks(id);
      api.woken.length = 0;
      const { body } = await post(id, 'resume');
      expect(await lane(id)).toMatchObject(FREE);
      expect(await marks(id)).toEqual({ resumed: true, moved: false, version: before.version + 1 });
      expect([body.state, body.stateSince, api.woken]).toEqual(['active', stateSince, [bare(id)]]);
      expect(await types()).toEqual([]);
    });

    it('says that a disabled one works again, and since when', async () => {
      const { id } = await add();
      await disable(id);
      await addLane(id, 'breaker');
      api.woken.length = 0;
      const { body } = await post(id, 'resume', { pending: 'deliver' });
      await post(id, 'resume');
      expect(await notices()).toEqual([
        {
          type: 'posthorn.endpoint.recovered',
          data: expect.objectContaining({ endpointId: id, state: 'active', reason: 'gone', since: body.stateSince }),
        },
      ]);
      expect(await lane(id)).toMatchObject(FREE);
      expect(api.woken.slice(0, 2)).toEqual([bare(id), bare(inbox)]);
    });

    it('tells nobody when it was only paused', async () => {
      const { id } = await add();
      await post(id, 'pause');
      await post(id, 'resume');
      expect(await types()).toEqual(['posthorn.endpoint.paused']);
      expect((await marks(id)).resumed).toBe(true);
    });

    it('leaves everything as it is where an operator paused it', async () => {
      const { id } = await add();
      await api.database.query(
        `UPDATE endpoints SET state = 'paused', state_reason = 'paused_by_operator' WHERE id = $1`,
        [bare(id)],
      );
      await addLane(id, 'retry_after');
      await api.expect(403, 'POST', `/v1/endpoints/${id}/resume`, { key: tenant.key });
      expect(await lane(id)).toMatchObject({ pauseReason: 'retry_after', wakeDue: false });
      expect((await marks(id)).resumed).toBe(false);
    });

    it('touches no lane of another tenant', async () => {
      const { id } = await add();
      await addLane(id, 'retry_after');
      const other = await api.addTenant();
      await api.expect(404, 'POST', `/v1/endpoints/${id}/resume`, { key: other.key });
      expect(await lane(id)).toMatchObject({ pauseReason: 'retry_after' });
    });
  });

  describe('at a new URL', () => {
    it.each(['PATCH', 'PUT'] as const)('by %s its lane waits for nothing any more', async (method) => {
      const { id } = await add({ uid: 'main' });
      await addLane(id, 'retry_after');
      api.woken.length = 0;
      const path = method === 'PUT' ? '/v1/subscribers/acme/endpoints/main' : `/v1/endpoints/${id}`;
      await api.expect(200, method, path, { key: tenant.key, body: { url: 'https://acme.example/new' } });
      expect(await lane(id)).toMatchObject(FREE);
      expect(await marks(id)).toMatchObject({ moved: true, resumed: false });
      expect(api.woken).toEqual([bare(id)]);
    });

    it.each(['PATCH', 'PUT'] as const)('that is the old one, by %s, it waits as before', async (method) => {
      const { id } = await add({ uid: 'main' });
      await addLane(id, 'retry_after');
      const path = method === 'PUT' ? '/v1/subscribers/acme/endpoints/main' : `/v1/endpoints/${id}`;
      await api.expect(200, method, path, { key: tenant.key, body: { url: URL, concurrency: 3 } });
      await patch(id, { description: 'no url at all' });
      expect(await lane(id)).toMatchObject({ pauseReason: 'retry_after', wakeDue: false });
      expect((await marks(id)).moved).toBe(false);
    });
  });

  describe('in order', () => {
    /** A `fifo` lane with three pending deliveries that waits for the retry of the first. */
    async function waiting(pauseReason = 'order', settings = {}): Promise<{ id: string; deliveries: string[] }> {
      const { id } = await add({ ordering: 'fifo' });
      for (let n = 0; n < 3; n += 1) await api.publish(tenant, { subscriber: 'acme', type: 'a', data: n });
      await addLane(id, pauseReason, { flow: { at: 1, order: 2, retryAfter: 3 }, ...settings });
      const rows = await api.database.query<{ id: string }>(
        'SELECT id FROM deliveries WHERE endpoint_id = $1 ORDER BY id',
        [bare(id)],
      );
      api.woken.length = 0;
      return { id, deliveries: rows.map((row) => encodeId('delivery', row.id)) };
    }
    /** Somebody waits for a lock. */
    async function lockAwaited(): Promise<void> {
      const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      while ((await api.database.query(waiting)).length === 0);
    }
    const deliveryCall = (status: number, id: string | undefined, action: 'cancel' | 'resend') =>
      api.expect(status, 'POST', `/v1/deliveries/${id}/${action}`, { key: tenant.key });
    const actions = [
      ['cancel', 200],
      ['resend', 202],
    ] as const;

    it.each(actions)('%s of the head lets the next go at once', async (action, status) => {
      const { id, deliveries } = await waiting();
      const { version } = await marks(id);
      await deliveryCall(status, deliveries[0], action);
      expect(await lane(id)).toEqual({ ...FREE, flow: { at: 1, retryAfter: 3 } });
      expect(api.woken).toContain(bare(id));
      expect((await marks(id)).version).toBe(version);
    });

    it.each(actions)('%s of the head of a held lane makes its holder look again', async (action, status) => {
      const { id, deliveries } = await waiting('order', { held: true });
      const { version } = await marks(id);
      await deliveryCall(status, deliveries[0], action);
      expect(await lane(id)).toEqual({ ...FREE, wakeDue: false, flow: { at: 1, retryAfter: 3 } });
      expect((await marks(id)).version).toBe(version + 1);
    });

    it.each(actions)('%s of one behind the head changes nothing for the head', async (action, status) => {
      const { id, deliveries } = await waiting();
      await deliveryCall(status, deliveries[1], action);
      expect(await lane(id)).toMatchObject({ pauseReason: 'order', wakeDue: false, flow: { order: 2 } });
    });

    it.each(actions)('%s of the head never ends a Retry-After', async (action, status) => {
      const { id, deliveries } = await waiting('retry_after');
      await deliveryCall(status, deliveries[0], action);
      expect(await lane(id)).toMatchObject({ pauseReason: 'retry_after', wakeDue: false, flow: { order: 2 } });
    });

    it('a test is no head, and does not stand before it either', async () => {
      const { id, deliveries } = await waiting();
      await api.expect(202, 'POST', `/v1/endpoints/${id}/test`, { key: tenant.key });
      await api.database.query(`UPDATE deliveries SET next_at = next_at - interval '1 day' WHERE trigger = 'test'`);
      await deliveryCall(200, deliveries[0], 'cancel');
      expect(await lane(id)).toMatchObject(FREE);
    });

    it.each([
      ['resume', ['endpoints', 'lanes'], (id: string) => post(id, 'resume')],
      ['PATCH of the URL', ['endpoints', 'lanes'], (id: string) => patch(id, { url: 'https://acme.example/new' })],
      ['cancel', ['lanes', 'deliveries'], (_: string, head: string) => deliveryCall(200, head, 'cancel')],
      ['resend', ['lanes', 'deliveries'], (_: string, head: string) => deliveryCall(202, head, 'resend')],
      ['cancel', ['endpoints', 'lanes', 'deliveries'], (_: string, head: string) => deliveryCall(200, head, 'cancel')],
      ['resend', ['endpoints', 'lanes', 'deliveries'], (_: string, head: string) => deliveryCall(202, head, 'resend')],
    ])('a %s never blocks a settlement that locks %j', async (_, [first, ...others], act) => {
      const { id, deliveries } = await waiting('order', { held: true });
      const acting = await api.database.together(async (runner) => {
        const write = async (table: string | undefined): Promise<void> => {
          const column = table === 'endpoints' ? 'id' : 'endpoint_id';
          const text = `UPDATE ${table} SET ${column} = ${column} WHERE ${column} = $1`;
          await runner.run({ name: `write-${table}`, text }, [bare(id)]);
        };
        await write(first);
        const answer = act(id, deliveries[0] ?? '');
        await lockAwaited();
        for (const table of others) await write(table);
        return [answer]; // in an array, or it would be awaited before the commit
      });
      await acting[0];
      expect(await lane(id)).toMatchObject({ pausedUntil: null, pauseReason: null });
    });

    it('what cannot be cancelled leaves the lane as it is', async () => {
      const { id, deliveries } = await waiting();
      const other = await api.addTenant();
      await api.expect(404, 'POST', `/v1/deliveries/${deliveries[0]}/cancel`, { key: other.key });
      await deliveryCall(200, deliveries[1], 'cancel');
      api.woken.length = 0;
      await deliveryCall(409, deliveries[1], 'cancel');
      expect(await lane(id)).toMatchObject({ pauseReason: 'order', wakeDue: false });
      expect(api.woken).toEqual([]);
    });
  });
});
