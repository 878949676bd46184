import { decodeId } from '#core';
import { AttemptEntity, DeliveryEntity, EndpointEntity, LaneEntity } from '#persistence';
import { fieldsOf, TestApi, unknownId } from '../api/api.js';
import type { Body } from '../api/body.js';
import type { TestTenant } from '../api/api.js';

interface Entry {
  id: string;
}

describe('reading', () => {
  let api: TestApi;
  let tenant: TestTenant;
  beforeAll(async () => {
    api = await TestApi.start();
  });
  beforeEach(async () => {
    tenant = await api.addTenant();
    await api.addSubscriber(tenant, 'acme');
  });
  afterAll(() => api.stop());

  const get = (url: string) => api.call('GET', `/v1/${url}`, { key: tenant.key });
  const ids = (body: { data: Entry[] }) => body.data.map(({ id }) => id);
  const publish = (type = 'order.placed', subscriber = 'acme') => api.publish(tenant, { subscriber, type, data: 1 });
  const uuid = (kind: 'delivery' | 'endpoint' | 'event', id: string) => decodeId(kind, id) ?? '';
  const deliveryOf = async (event: Entry): Promise<Body> => (await get(`deliveries?event=${event.id}`)).body.data[0]!;

  function addAttempt(deliveryId: string, number: number, more: Partial<AttemptEntity> = {}): Promise<unknown> {
    const row = {
      deliveryId: uuid('delivery', deliveryId),
      number,
      trigger: number === 1 ? 'initial' : 'retry',
      startedAt: new Date(1_795_460_000_500 + number),
      durationMs: 312,
      dnsMs: 2,
      connectMs: 18,
      tlsMs: 31,
      firstByteMs: 260,
      status: 503,
      error: 'http_status',
      retryAfterUntil: null,
      url: 'https://acme.example/hooks',
      contentType: 'text/plain',
      retryAfter: '30',
      location: null,
      body: Buffer.from('busy'),
      truncated: false,
      ...more,
    };
    return api.database.entities().insert(AttemptEntity, row as AttemptEntity);
  }

  describe('a list', () => {
    it('goes through everything page by page, in both orders', async () => {
      const events = [];
      for (let i = 0; i < 7; i++) events.push((await publish()).id);
      for (const order of ['desc', 'asc']) {
        const got: string[] = [];
        let cursor: string | null = '';
        while (cursor !== null) {
          const { body } = await get(`events?limit=3&order=${order}${cursor === '' ? '' : `&cursor=${cursor}`}`);
          got.push(...ids(body));
          cursor = body.nextCursor;
        }
        expect(got).toEqual(order === 'asc' ? events : events.toReversed());
      }
    });

    it('has no next page when the last one is just full', async () => {
      for (let i = 0; i < 2; i++) await publish();
      expect((await get('events?limit=2')).body.nextCursor).toBeNull();
    });

    it('holds 50 unless said otherwise, at most 250', async () => {
      await api.expect(202, 'POST', '/v1/events/batch', {
        key: tenant.key,
        body: { events: Array(260).fill({ subscriber: 'acme', type: 'a', data: 1 }) },
      });
      expect((await get('events')).body.data).toHaveLength(50);
      expect((await get('events?limit=250')).body.data).toHaveLength(250);
    });

    it.each([
      ['limit=0', '/limit out_of_range'],
      ['limit=-1', '/limit out_of_range'],
      ['limit=251', '/limit out_of_range'],
      ['limit=ten', '/limit invalid_type'],
      ['limit=1.5', '/limit invalid_type'],
      ['limit=1&limit=2', '/limit invalid_type'],
      ['order=up', '/order not_allowed'],
      ['after=yesterday', '/after invalid_value'],
      ['before=2026-02-30T00:00:00Z', '/before invalid_value'],
      ['color=red', '/color unknown_field'],
      ['__proto__=1', '/__proto__ unknown_field'],
    ])('refuses ?%s', async (query, field) => {
      for (const list of [
        'events',
        'deliveries',
        'endpoints',
        'subscribers',
        'keys',
        'event-types',
        'subscribers/acme/endpoints',
        'subscribers/acme/tokens',
      ]) {
        const answer = await get(`${list}?${query}`);
        expect([list, answer.status, fieldsOf(answer)]).toEqual([list, 422, [field]]);
      }
    });

    it('refuses a cursor that is none with 400, and one of other filters with 400', async () => {
      for (let i = 0; i < 3; i++) await publish();
      for (const rubbish of ['x', '%00', 'AAAA', 'W10', 'null']) {
        const answer = await get(`events?cursor=${rubbish}`);
        expect([rubbish, answer.status, answer.body.code]).toEqual([rubbish, 400, 'cursor_invalid']);
      }
      const { nextCursor } = (await get('events?limit=1&type=order.placed')).body;
      for (const query of [
        'events?',
        'events?type=order.paid&',
        'events?type=order.placed&order=asc&',
        'deliveries?',
        'events?type=order.placed&after=2026-01-01T00:00:00Z&',
      ]) {
        const answer = await get(`${query}cursor=${nextCursor}`);
        expect([query, answer.status, answer.body.code]).toEqual([query, 400, 'cursor_mismatch']);
      }
      expect((await get(`events?limit=2&type=order.placed&cursor=${nextCursor}`)).status).toBe(200);
    });

    it('takes after inclusively and before exclusively, on createdAt', async () => {
      const { body } = await get(`events/${(await publish()).id}`);
      const at = Date.parse(body.createdAt);
      const iso = (ms: number) => encodeURIComponent(new Date(ms).toISOString());
      const count = async (query: string) => (await get(`events?${query}`)).body.data.length;
      expect(await count(`after=${iso(at)}`)).toBe(1);
      expect(await count(`after=${iso(at + 1)}`)).toBe(0);
      expect(await count(`before=${iso(at)}`)).toBe(0);
      expect(await count(`before=${iso(at + 1)}`)).toBe(1);
      expect(await count(`after=${iso(at)}&before=${iso(at + 1)}`)).toBe(1);
      expect(await count('after=0001-01-01T00:00:00Z&before=9999-12-31T23:59:59Z')).toBe(1);
      const subscriber = (await get('subscribers/acme')).body;
      expect((await get(`subscribers?after=${encodeURIComponent(subscriber.createdAt)}`)).body.data).toHaveLength(1);
      expect((await get(`subscribers?before=${encodeURIComponent(subscriber.createdAt)}`)).body.data).toHaveLength(0);
    });
  });

  describe('events', () => {
    it('show who they were for, what became of them, and no payload in lists', async () => {
      await api.addEndpoint(tenant, 'acme');
      const { id } = await publish();
      const { body } = await get(`events/${id}`);
      expect(body).toEqual({
        id,
        subscriberId: (await get('subscribers/acme')).body.id,
        broadcast: false,
        type: 'order.placed',
        timestamp: body.createdAt,
        data: 1,
        body: null,
        idempotencyKey: null,
        createdAt: expect.any(String),
        deliveries: 1,
        deliveryStates: { pending: 1, delivered: 0, dead: 0, cancelled: 0 },
      });
      const [listed] = (await get('events')).body.data;
      expect({ ...listed, data: 1, body: null }).toEqual(body);
      expect(Object.keys(listed!)).not.toContain('data');
    });

    it('are filtered by subscriber, by id and by uid, and by type', async () => {
      const globex = await api.addSubscriber(tenant, 'globex');
      const [one, two] = [await publish('a.one'), await publish('a.two', 'globex')];
      expect(ids((await get('events?subscriber=globex')).body)).toEqual([two.id]);
      expect(ids((await get(`events?subscriber=${globex.id}`)).body)).toEqual([two.id]);
      expect(ids((await get('events?type=a.one')).body)).toEqual([one.id]);
      expect(ids((await get('events?subscriber=nobody')).body)).toEqual([]);
      expect(fieldsOf(await get('events?type=%00'))).toEqual(['/type text_invalid']);
    });

    it('past their retention are 410, unknown ones 404', async () => {
      const old = 'evt_01arz3ndektsv4rrffq69g5fav';
      expect([(await get(`events/${old}`)).body.code, (await get(`events/${unknownId('event')}`)).body.code]).toEqual([
        'payload_expired',
        'not_found',
      ]);
    });

    it('can be read by a publisher, by id only', async () => {
      const { id } = await publish();
      const key = await api.addKey(tenant.id, { role: 'publisher' });
      expect((await api.call('GET', `/v1/events/${id}`, { key })).status).toBe(200);
      expect((await api.call('GET', '/v1/events', { key })).status).toBe(403);
    });
  });

  describe('deliveries', () => {
    it('show where they are', async () => {
      const endpoint = await api.addEndpoint(tenant, 'acme', { retryPolicy: { giveUpAfterSeconds: 60 } });
      const event = await publish();
      const delivery = await deliveryOf(event);
      expect(delivery).toEqual({
        id: expect.stringMatching(/^dlv_/),
        eventId: event.id,
        eventType: 'order.placed',
        subscriberId: endpoint.subscriberId,
        endpointId: endpoint.id,
        state: 'pending',
        reason: null,
        trigger: 'initial',
        attempts: 0,
        createdAt: expect.any(String),
        nextAttemptAt: expect.any(String),
        heldBy: null,
        expiresAt: expect.any(String),
        settledAt: null,
        replayOf: null,
        replayedBy: null,
        replayId: null,
        lastAttempt: null,
      });
      expect(Date.parse(delivery.expiresAt) - Date.parse(delivery.createdAt)).toBe(60_000);
      expect((await get(`deliveries/${delivery.id}`)).body).toEqual(delivery);
    });

    it('say what holds them', async () => {
      const endpoint = await api.addEndpoint(tenant, 'acme');
      const event = await publish();
      const id = uuid('endpoint', endpoint.id);
      const held = async () => (await deliveryOf(event)).heldBy;
      expect(await held()).toBeNull();
      const pausedUntil = new Date(Date.now() + 60_000);
      await api.database
        .entities()
        .insert(LaneEntity, { endpointId: id, tenantId: tenant.id, pausedUntil, pauseReason: 'retry_after' });
      expect(await held()).toBe('retry_after');
      await api.database.entities().update(LaneEntity, { endpointId: id }, { pausedUntil: new Date(Date.now() - 1) });
      expect(await held()).toBeNull();
      // While one of them is tried, the others wait for what becomes of it.
      const breaker = { reason: 'failing', since: 1, openings: 1, until: 2, closedAt: null };
      await api.database.entities().update(LaneEntity, { endpointId: id }, { flow: { at: 1, breaker } });
      expect(await held()).toBe('breaker');
      for (const state of ['paused', 'disabled'] as const) {
        await api.database.entities().update(EndpointEntity, { id }, { state });
        expect(await held()).toBe(state);
      }
    });

    it('behind another one of an ordered endpoint say so', async () => {
      await api.addEndpoint(tenant, 'acme', { ordering: 'fifo' });
      const [first, second] = [await publish(), await publish()];
      expect([(await deliveryOf(first)).heldBy, (await deliveryOf(second)).heldBy]).toEqual([null, 'order']);
    });

    it('behind the head of an ordered endpoint wait for its retry, in the order of the lane', async () => {
      const endpoint = await api.addEndpoint(tenant, 'acme', { ordering: 'fifo' });
      const events = [await publish(), await publish(), await publish()];
      const deliveries = () => Promise.all(events.map(deliveryOf));
      const ahead = { id: uuid('delivery', (await deliveries())[1]!.id) };
      // An earlier id is no earlier turn: a lane goes by the time a delivery is scheduled for.
      await api.database.entities().update(DeliveryEntity, ahead, { nextAt: new Date(Date.now() - 60_000) });
      const lane = { endpointId: uuid('endpoint', endpoint.id), tenantId: tenant.id };
      const pausedUntil = new Date(Date.now() + 60_000);
      await api.database.entities().insert(LaneEntity, { ...lane, pausedUntil, pauseReason: 'order' });
      const waiting = await deliveries();
      expect(waiting.map(({ heldBy }) => heldBy)).toEqual(['order', null, 'order']);
      expect(waiting[1]!.nextAttemptAt).toBe(pausedUntil.toISOString());
      expect(Date.parse(waiting[0]!.nextAttemptAt!)).toBeLessThan(Date.now());
      await api.database.entities().update(LaneEntity, { endpointId: lane.endpointId }, { pauseReason: 'breaker' });
      expect((await deliveries()).map(({ heldBy }) => heldBy)).toEqual(['breaker', 'breaker', 'breaker']);
      await api.database.entities().update(LaneEntity, { endpointId: lane.endpointId }, { pausedUntil: new Date(0) });
      expect((await deliveries()).map(({ heldBy }) => heldBy)).toEqual(['order', null, 'order']);
    });

    it('are filtered by everything', async () => {
      const [one, two] = [
        await api.addEndpoint(tenant, 'acme'),
        await api.addEndpoint(tenant, 'acme', { eventTypes: ['a.*'] }),
      ];
      await api.addSubscriber(tenant, 'globex');
      const three = await api.addEndpoint(tenant, 'globex');
      const [x, y, z] = [await publish('a.x'), await publish('b.y'), await publish('a.z', 'globex')];
      const of = async (query: string) => {
        const { body } = await api.expect(200, 'GET', `/v1/deliveries?${query}`, { key: tenant.key });
        return body.data.map((d: { endpointId: string; eventId: string }) => `${d.endpointId} ${d.eventId}`).sort();
      };
      const all = [`${one.id} ${x.id}`, `${two.id} ${x.id}`, `${one.id} ${y.id}`, `${three.id} ${z.id}`].sort();
      expect(await of('')).toEqual(all);
      expect(await of(`endpoint=${one.id}`)).toEqual([`${one.id} ${x.id}`, `${one.id} ${y.id}`].sort());
      expect(await of(`event=${x.id}`)).toEqual([`${one.id} ${x.id}`, `${two.id} ${x.id}`].sort());
      expect(await of('subscriber=globex')).toEqual([`${three.id} ${z.id}`]);
      expect(await of('subscriber=acme&type=a.x')).toEqual([`${one.id} ${x.id}`, `${two.id} ${x.id}`].sort());
      expect(await of(`subscriber=globex&endpoint=${one.id}`)).toEqual([]);
      expect(await of(`subscriber=globex&event=${x.id}`)).toEqual([]);
      expect(await of('type=b.y')).toEqual([`${one.id} ${y.id}`]);
      const { id } = await deliveryOf(y);
      await api.database
        .entities()
        .update(DeliveryEntity, { id: uuid('delivery', id) }, { state: 'dead', reason: 'gone', settledAt: new Date() });
      expect(await of('state=dead')).toEqual([`${one.id} ${y.id}`]);
      expect(await of('reason=gone')).toEqual([`${one.id} ${y.id}`]);
      expect(await of('reason=expired&state=dead')).toEqual([]);
      expect(await of(`replay=${unknownId('replay')}`)).toEqual([]);
    });

    it('of a subscriber’s several endpoints come in one order', async () => {
      for (let i = 0; i < 3; i++) await api.addEndpoint(tenant, 'acme');
      for (let i = 0; i < 4; i++) await publish();
      const all = ids((await get('deliveries')).body);
      const got: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const { body } = await get(`deliveries?subscriber=acme&limit=5${cursor === '' ? '' : `&cursor=${cursor}`}`);
        got.push(...ids(body));
        cursor = body.nextCursor;
      }
      expect(got).toEqual(all);
      expect(got).toHaveLength(12);
    });

    it.each([
      'endpoint=x',
      'event=ep_x',
      'replay=dlv_x',
      'state=lost',
      'reason=bored',
      `endpoint=${unknownId('event')}`,
    ])('refuse the filter %s', async (query) => {
      const answer = await get(`deliveries?${query}`);
      expect([answer.status, answer.body.errors[0]!.pointer]).toEqual([422, `/${query.split('=')[0]}`]);
    });
  });

  describe('attempts', () => {
    it('are listed with the request as it can be rebuilt and the answer as it came', async () => {
      await api.addEndpoint(tenant, 'acme');
      const event = await publish();
      const { id } = await deliveryOf(event);
      await addAttempt(id, 1);
      await addAttempt(id, 2, {
        status: null,
        error: 'connect_refused',
        body: null,
        contentType: null,
        retryAfter: null,
        dnsMs: null,
        tlsMs: null,
        firstByteMs: null,
      });
      await addAttempt(id, 3, {
        status: 302,
        error: 'redirect',
        location: 'https://elsewhere.example/',
        body: Buffer.from([0xff, 0x00]),
        truncated: true,
      });
      await addAttempt(id, 4, { status: 200, error: null, body: null, retryAfter: null });
      await api.database
        .entities()
        .update(
          DeliveryEntity,
          { id: uuid('delivery', id) },
          { attempts: 4, state: 'delivered', settledAt: new Date() },
        );
      const { body } = await get(`deliveries/${id}/attempts?order=asc`);
      expect(body.data[0]).toEqual({
        deliveryId: id,
        number: 1,
        trigger: 'initial',
        replayId: null,
        startedAt: '2026-11-23T18:53:20.501Z',
        durationMs: 312,
        timings: { dnsMs: 2, connectMs: 18, tlsMs: 31, firstByteMs: 260 },
        outcome: 'failure',
        error: 'http_status',
        retryAfterUntil: null,
        request: {
          url: 'https://acme.example/hooks',
          headers: {
            'content-type': 'application/json',
            'webhook-id': event.id,
            'webhook-timestamp': '1795460000',
            'posthorn-attempt': '1',
            'posthorn-delivery': id,
          },
        },
        response: {
          statusCode: 503,
          headers: { 'content-type': 'text/plain', 'retry-after': '30' },
          body: 'busy',
          encoding: 'utf8',
          truncated: false,
        },
      });
      expect(body.data[1]).toMatchObject({ error: 'connect_refused', response: null });
      expect(body.data[2]!.response).toMatchObject({
        headers: { location: 'https://elsewhere.example/' },
        body: '/wA=',
        encoding: 'base64',
        truncated: true,
      });
      expect(body.data[3]).toMatchObject({ outcome: 'success', error: null, response: { statusCode: 200, body: '' } });
      const { lastAttempt } = (await get(`deliveries/${id}`)).body;
      expect({ ...lastAttempt, request: body.data[3]!.request }).toEqual(body.data[3]);
      expect(Object.keys(lastAttempt)).not.toContain('request');
      const page = (await get(`deliveries/${id}/attempts?limit=3`)).body;
      expect(page.data.map(({ number }: { number: number }) => number)).toEqual([4, 3, 2]);
      expect((await get(`deliveries/${id}/attempts?limit=3&cursor=${page.nextCursor}`)).body.data).toHaveLength(1);
    });

    it('show what a receiver sent harmlessly', async () => {
      await api.addEndpoint(tenant, 'acme');
      const { id } = await deliveryOf(await publish());
      await addAttempt(id, 1, { body: Buffer.from('\0\u001b[31m<script>alert(1)</script>\u2028') });
      const answer = await get(`deliveries/${id}/attempts`);
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
      for (const control of ['\0', '\u001b']) expect(answer.text).not.toContain(control);
      expect(answer.body.data[0]!.response.body).toBe('\0\u001b[31m<script>alert(1)</script>\u2028');
    });
  });

  describe('resend and cancel', () => {
    const post = (url: string, body?: unknown) =>
      api.call('POST', `/v1/deliveries/${url}`, { key: tenant.key, ...(body === undefined ? {} : { body }) });

    it('a settled delivery gets a successor, found by its event too', async () => {
      await api.addEndpoint(tenant, 'acme');
      const event = await publish();
      const { id } = await deliveryOf(event);
      await api.database
        .entities()
        .update(
          DeliveryEntity,
          { id: uuid('delivery', id) },
          { state: 'dead', reason: 'expired', settledAt: new Date() },
        );
      api.woken.length = 0;
      const answer = await post(`${id}/resend`);
      expect([answer.status, answer.body]).toEqual([202, { deliveryId: expect.stringMatching(/^dlv_/), replayOf: id }]);
      expect(api.woken).toHaveLength(1);
      const successor = (await get(`deliveries/${answer.body.deliveryId}`)).body;
      expect(successor).toMatchObject({
        eventId: event.id,
        state: 'pending',
        trigger: 'resend',
        attempts: 0,
        replayOf: id,
      });
      expect((await get(`deliveries/${id}`)).body).toMatchObject({ state: 'dead', replayedBy: successor.id });
      expect(ids((await get(`deliveries?event=${event.id}`)).body).sort()).toEqual([id, successor.id].sort());
      const { body } = await get(`events/${event.id}`);
      expect([body.deliveries, body.deliveryStates]).toEqual([1, { pending: 0, delivered: 0, dead: 1, cancelled: 0 }]);
    });

    it('a resend with an idempotency key makes one successor', async () => {
      await api.addEndpoint(tenant, 'acme');
      const { id } = await deliveryOf(await publish());
      await api.database
        .entities()
        .update(DeliveryEntity, { id: uuid('delivery', id) }, { state: 'dead', reason: 'gone', settledAt: new Date() });
      const resend = () =>
        api.call('POST', `/v1/deliveries/${id}/resend`, { key: tenant.key, headers: { 'idempotency-key': 'once' } });
      const [one, two] = await Promise.all([resend(), resend()]);
      expect([one.status, two.body]).toEqual([202, one.body]);
    });

    it('a pending delivery is hurried instead', async () => {
      await api.addEndpoint(tenant, 'acme');
      const { id } = await deliveryOf(await publish());
      expect((await post(`${id}/resend`, {})).body).toEqual({ deliveryId: id, replayOf: null });
    });

    it('a pending delivery can be cancelled, once', async () => {
      await api.addEndpoint(tenant, 'acme');
      const { id } = await deliveryOf(await publish());
      const cancelled = await post(`${id}/cancel`);
      expect([cancelled.status, cancelled.body.state, cancelled.body.reason]).toEqual([200, 'cancelled', 'cancelled']);
      const again = await post(`${id}/cancel`);
      expect([again.status, again.body.code]).toEqual([409, 'delivery_not_pending']);
    });

    it('a body with fields is refused', async () => {
      await api.addEndpoint(tenant, 'acme');
      const { id } = await deliveryOf(await publish());
      for (const action of ['resend', 'cancel'])
        expect(fieldsOf(await post(`${id}/${action}`, { force: true }))).toEqual(['/force unknown_field']);
    });
  });
});
