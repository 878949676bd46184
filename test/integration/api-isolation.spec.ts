import { TestApi } from '../api/api.js';
import type { TestTenant } from '../api/api.js';

describe('isolation', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start();
  });
  afterAll(() => api.stop());

  /** One of everything. */
  async function furnish(tenant: TestTenant) {
    const subscriber = await api.addSubscriber(tenant, 'acme');
    const endpoint = await api.addEndpoint(tenant, 'acme', { uid: 'orders' });
    const event = await api.publish(
      tenant,
      { subscriber: 'acme', type: 'order.placed', data: { secret: 'theirs' } },
      { 'idempotency-key': 'k' },
    );
    const { body } = await api.call('GET', `/v1/deliveries?event=${event.id}`, { key: tenant.key });
    const key = (await api.expect(201, 'POST', '/v1/keys', { key: tenant.key, body: { name: 'k', role: 'tenant' } }))
      .body;
    const token = (
      await api.expect(201, 'POST', '/v1/subscribers/acme/tokens', {
        key: tenant.key,
        body: { name: 't', scope: 'manage' },
      })
    ).body;
    await api.expect(201, 'PUT', '/v1/event-types/order.placed', { key: tenant.key, body: {} });
    return { subscriber, endpoint, event, delivery: body.data[0] as { id: string }, key, token };
  }

  it('no id of another tenant opens anything, whatever the route', async () => {
    const [mine, other] = [await api.addTenant(), await api.addTenant()];
    const theirs = await furnish(other);
    const routes = api.routes.routes.filter(
      ({ method, url, allow }) =>
        method !== 'HEAD' && allow !== undefined && url.includes(':') && !url.includes('event-types'),
    );
    expect(routes.length).toBeGreaterThan(20);
    for (const { method, url } of routes) {
      const id =
        url.includes('/tokens/') || url.includes('/keys/')
          ? theirs.key.id
          : url.includes('endpoints')
            ? theirs.endpoint.id
            : url.includes('deliveries')
              ? theirs.delivery.id
              : theirs.event.id;
      const path = url.replace(':subscriber', theirs.subscriber.id).replace(':id', id).replace(':uid', 'orders');
      const body = bodyFor(method, url);
      const answer = await api.call(method, path, { key: mine.key, ...(body === undefined ? {} : { body }) });
      expect([method, url, answer.status, answer.body.code]).toEqual([method, url, 404, 'not_found']);
    }
    expect((await api.call('GET', '/v1/event-types/order.placed', { key: mine.key })).status).toBe(404);
    const states = await api.database.query<{ state: string }>(
      'SELECT state::text FROM deliveries WHERE tenant_id = $1',
      [other.id],
    );
    expect(states).toEqual([{ state: 'pending' }]);
  });

  it('no filter selects anything of another tenant', async () => {
    const [mine, other] = [await api.addTenant(), await api.addTenant()];
    const theirs = await furnish(other);
    for (const query of [
      `endpoints?subscriber=${theirs.subscriber.id}`,
      'endpoints?subscriber=acme',
      'endpoints',
      'subscribers',
      'event-types',
      `events?subscriber=${theirs.subscriber.id}`,
      'events?idempotencyKey=k',
      'events?type=order.placed',
      'events',
      `deliveries?endpoint=${theirs.endpoint.id}`,
      `deliveries?event=${theirs.event.id}`,
      `deliveries?subscriber=${theirs.subscriber.id}`,
      'deliveries?state=pending',
      'deliveries',
    ]) {
      const { status, body } = await api.call('GET', `/v1/${query}`, { key: mine.key });
      expect([query, status, body.data]).toEqual([query, 200, []]);
    }
  });

  it('another tenant’s subscriber cannot be published to, nor its key be reused', async () => {
    const [mine, other] = [await api.addTenant(), await api.addTenant()];
    const theirs = await furnish(other);
    const answer = await api.call('POST', '/v1/events', {
      key: mine.key,
      body: { subscriber: theirs.subscriber.id, type: 'a', data: 1 },
    });
    expect(answer.body.code).toBe('subscriber_not_found');
    await api.addSubscriber(mine, 'acme');
    const own = await api.publish(
      mine,
      { subscriber: 'acme', type: 'order.placed', data: { secret: 'theirs' } },
      { 'idempotency-key': 'k' },
    );
    expect(own.id).not.toBe(theirs.event.id);
  });

  it('a broadcast stays in its tenant', async () => {
    const [mine, other] = [await api.addTenant(), await api.addTenant()];
    await furnish(other);
    expect((await api.publish(mine, { broadcast: true, type: 'order.placed', data: 1 })).deliveries).toBe(0);
  });

  it('a cursor of another tenant is refused', async () => {
    const [mine, other] = [await api.addTenant(), await api.addTenant()];
    for (const uid of ['a', 'b']) await api.addSubscriber(other, uid);
    const { nextCursor } = (await api.call('GET', '/v1/subscribers?limit=1', { key: other.key })).body;
    expect((await api.call('GET', `/v1/subscribers?limit=1&cursor=${nextCursor}`, { key: mine.key })).body.code).toBe(
      'cursor_mismatch',
    );
  });

  describe('a subscriber’s token', () => {
    it('opens nothing of another subscriber of the same tenant', async () => {
      const tenant = await api.addTenant();
      const theirs = await furnish(tenant);
      await api.addSubscriber(tenant, 'globex');
      const token = (
        await api.expect(201, 'POST', '/v1/subscribers/globex/tokens', {
          key: tenant.key,
          body: { name: 't', scope: 'manage' },
        })
      ).body.key;
      const routes = api.routes.routes.filter(
        ({ method, url, allow }) =>
          method !== 'HEAD' &&
          allow?.includes('subscriber:manage') &&
          url.includes(':') &&
          !url.includes('event-types'),
      );
      for (const { method, url } of routes) {
        const id = url.includes('endpoints')
          ? theirs.endpoint.id
          : url.includes('deliveries')
            ? theirs.delivery.id
            : theirs.event.id;
        const path = url.replace(':subscriber', 'acme').replace(':id', id).replace(':uid', 'orders');
        const body = bodyFor(method, url);
        const answer = await api.call(method, path, { key: token, ...(body === undefined ? {} : { body }) });
        expect([method, url, answer.status]).toEqual([method, url, 404]);
      }
      for (const query of [
        'endpoints',
        'endpoints?subscriber=acme',
        'events',
        'events?subscriber=acme',
        'deliveries',
        'deliveries?subscriber=acme',
        `deliveries?event=${theirs.event.id}`,
        `deliveries?endpoint=${theirs.endpoint.id}`,
      ]) {
        expect([query, (await api.call('GET', `/v1/${query}`, { key: token })).body.data]).toEqual([query, []]);
      }
    });

    it('sees its own, and of a broadcast its own part only', async () => {
      const tenant = await api.addTenant();
      const own = await furnish(tenant);
      await api.addSubscriber(tenant, 'globex');
      await api.addEndpoint(tenant, 'globex');
      const broadcast = await api.publish(tenant, { broadcast: true, type: 'order.placed', data: 1 });
      expect(broadcast.deliveries).toBe(2);
      const unseen = await api.publish(tenant, { subscriber: 'globex', type: 'order.placed', data: 1 });
      const get = async (url: string) => (await api.call('GET', `/v1/${url}`, { key: own.token.key })).body;
      expect(await get(`events/${broadcast.id}`)).toMatchObject({ deliveries: 1, deliveryStates: { pending: 1 } });
      expect((await get(`events/${unseen.id}`)).status).toBe(404);
      const ids = (body: { data: { id: string }[] }) => body.data.map(({ id }) => id);
      expect(ids(await get('events'))).toEqual([broadcast.id, own.event.id]);
      expect(ids(await get('events?order=asc&limit=1'))).toEqual([own.event.id]);
      const first = await get('events?limit=1');
      expect([ids(first), ids(await get(`events?limit=1&cursor=${first.nextCursor}`))]).toEqual([
        [broadcast.id],
        [own.event.id],
      ]);
      expect(ids(await get('deliveries'))).toHaveLength(2);
      expect(ids(await get('endpoints'))).toEqual([own.endpoint.id]);
    });
  });

  function bodyFor(method: string, url: string): object | undefined {
    if (method === 'GET' || method === 'DELETE') return undefined;
    if (url.endsWith('/tokens')) return { name: 'x', scope: 'read' };
    if (url.endsWith('/endpoints') || url.endsWith(':uid')) return { url: 'https://evil.example/' };
    return {};
  }
});
