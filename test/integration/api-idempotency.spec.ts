import { fieldsOf, TestApi } from '../api/api.js';
import type { TestTenant } from '../api/api.js';

describe('idempotency', () => {
  let api: TestApi;
  let tenant: TestTenant;
  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.addTenant();
    await api.addSubscriber(tenant, 'acme');
    await api.addEndpoint(tenant, 'acme');
  });
  afterAll(() => api.stop());

  const event = { subscriber: 'acme', type: 'order.placed', data: { n: 1 } };
  const post = (url: string, body: unknown, key?: string, caller = tenant.key) =>
    api.call('POST', url, { key: caller, body, headers: key === undefined ? {} : { 'idempotency-key': key } });

  describe('of published events', () => {
    it('a repeat gets the first answer, marked as replayed', async () => {
      const first = await post('/v1/events', event, 'e-1');
      const again = await post('/v1/events', event, 'e-1');
      expect([first.status, again.status]).toEqual([202, 202]);
      expect(again.body).toEqual(first.body);
      expect(first.headers['idempotency-replayed']).toBeUndefined();
      expect(again.headers['idempotency-replayed']).toBe('true');
    });

    it('a quoted key is the same key as a bare one', async () => {
      const first = await post('/v1/events', event, '"e-2"');
      expect((await post('/v1/events', event, 'e-2')).body).toEqual(first.body);
    });

    it.each([
      ['other data', { data: { n: 2 } }],
      ['the same data in other bytes', { data: { n: 1.5 } }],
      ['another type', { type: 'order.paid' }],
      ['a timestamp', { timestamp: '2026-11-23T18:53:00Z' }],
      ['another recipient', { subscriber: undefined, broadcast: true }],
    ])('the same key with %s is refused', async (_what, change) => {
      await post('/v1/events', event, 'e-3');
      const answer = await post('/v1/events', { ...event, ...change }, 'e-3');
      expect([answer.status, answer.body.code]).toEqual([422, 'idempotency_key_reused']);
    });

    it('finds the event by its key', async () => {
      const { body } = await post('/v1/events', event, 'find me');
      const list = await api.call('GET', '/v1/events?idempotencyKey=find%20me', { key: tenant.key });
      expect(list.body.data.map((found: { id: string }) => found.id)).toEqual([body.id]);
      expect(list.body.data[0]!.idempotencyKey).toBe('find me');
    });

    it('twins at the same moment make one event', async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => post('/v1/events', event, 'twins')));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    });

    it('an item key seen before, or twice in one batch, makes one event', async () => {
      const item = { ...event, idempotencyKey: 'item' };
      const first = await post('/v1/events/batch', { events: [item, item, { ...event, idempotencyKey: 'other' }] });
      const ids = first.body.data.map(({ id }: { id: string }) => id);
      expect(ids[0]).toBe(ids[1]);
      expect(ids[2]).not.toBe(ids[0]);
      const again = await post('/v1/events/batch', { events: [event, item] });
      expect(again.body.data[1]!.id).toBe(ids[0]);
      expect(again.headers['idempotency-replayed']).toBeUndefined();
    });

    it('a key on the request and keys on its events are refused together', async () => {
      const answer = await post('/v1/events/batch', { events: [event, { ...event, idempotencyKey: 'x' }] }, 'y');
      expect([answer.status, answer.body.code, fieldsOf(answer)]).toEqual([
        422,
        'idempotency_key_conflict',
        ['/events/1/idempotencyKey idempotency_key_conflict'],
      ]);
    });

    it('a key on a batch answers the repeat like the first, and meets no single event’s key', async () => {
      const batch = { events: [event, { ...event, type: 'order.paid' }] };
      const first = await post('/v1/events/batch', batch, 'batch');
      const again = await post('/v1/events/batch', batch, 'batch');
      expect(again.body).toEqual(first.body);
      expect(again.headers['idempotency-replayed']).toBe('true');
      expect((await post('/v1/events/batch', { events: [event, event] }, 'batch')).body.code).toBe(
        'idempotency_key_reused',
      );
      expect((await post('/v1/events', event, 'batch')).body.id).not.toBe(first.body.data[0]!.id);
    });

    it.each([[''], [7], ['x'.repeat(256)], ['é'], ['a\nb']])('refuses the item key %j', async (idempotencyKey) => {
      const answer = await post('/v1/events/batch', { events: [{ ...event, idempotencyKey }] });
      expect([answer.status, fieldsOf(answer)]).toEqual([400, ['/events/0/idempotencyKey idempotency_key_invalid']]);
    });
  });

  describe('of every other POST', () => {
    it('a repeat gets the first answer, with the secret that is shown once', async () => {
      const body = { url: 'https://acme.example/once' };
      const first = await post('/v1/subscribers/acme/endpoints', body, 'ep-1');
      const again = await post('/v1/subscribers/acme/endpoints', body, 'ep-1');
      expect([first.status, again.status]).toEqual([201, 201]);
      expect(again.body).toEqual(first.body);
      expect(again.body.secret).toMatch(/^whsec_/);
      expect(again.headers['idempotency-replayed']).toBe('true');
    });

    it('keeps the remembered answer encrypted', async () => {
      const { body } = await post('/v1/keys', { name: 'ci', role: 'publisher' }, 'sealed');
      const rows = await api.database.query<{ text: string }>(
        'SELECT encode(response_sealed, $1) AS text FROM idempotency_keys WHERE key = $2',
        ['escape', 'sealed'],
      );
      expect(rows).toHaveLength(1);
      expect(rows[0]?.text).not.toContain(body.key);
    });

    it('the same key with another body, or on another thing, is refused', async () => {
      await post('/v1/subscribers', { name: 'A', uid: 'reuse-a' }, 'sub-1');
      const other = await post('/v1/subscribers', { name: 'B', uid: 'reuse-b' }, 'sub-1');
      expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
    });

    it('the same key on another route is another key', async () => {
      expect((await post('/v1/subscribers', { name: 'A' }, 'shared')).status).toBe(201);
      expect((await post('/v1/event-types', { name: 'shared.type' }, 'shared')).status).toBe(201);
    });

    it('only successes are remembered', async () => {
      const failed = await post('/v1/subscribers/later/endpoints', { url: 'https://a.example/' }, 'later');
      expect(failed.status).toBe(404);
      await api.addSubscriber(tenant, 'later');
      expect((await post('/v1/subscribers/later/endpoints', { url: 'https://a.example/' }, 'later')).status).toBe(201);
    });

    it('twins at the same moment do the work once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 4 }, () => post('/v1/subscribers', { name: 'Twin' }, 'sub-twins')),
      );
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
      expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(3);
    });

    it('a twin waits 5 s for the first, then gets 409 with Retry-After', async () => {
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      let locked = (): void => undefined;
      const isLocked = new Promise<void>((resolve) => (locked = resolve));
      const first = api.database.transaction(async () => {
        await api.database.query(
          `INSERT INTO idempotency_keys (tenant_id, scope, key, fingerprint) VALUES ($1, 'POST /v1/subscribers', 'stuck', '')`,
          [tenant.id],
        );
        locked();
        await released;
      });
      await isLocked;
      const answer = await post('/v1/subscribers', { name: 'Stuck' }, 'stuck');
      release();
      await first;
      expect([answer.status, answer.body.code, answer.headers['retry-after']]).toEqual([
        409,
        'idempotency_in_progress',
        '1',
      ]);
    }, 15_000);

    it('a key is free again after its day', async () => {
      const first = await post('/v1/subscribers', { name: 'Day' }, 'day');
      await api.database.query(`UPDATE idempotency_keys SET expires_at = clock_timestamp() WHERE key = 'day'`);
      const second = await post('/v1/subscribers', { name: 'Another day' }, 'day');
      expect([second.status, second.body.id === first.body.id]).toEqual([201, false]);
    });

    it('subscribers have keys of their own', async () => {
      const subscriber = await api.addSubscriber(tenant, 'own-keys');
      const token = await post('/v1/subscribers/own-keys/tokens', { name: 'x', scope: 'manage' });
      const body = { url: 'https://a.example/' };
      const byTenant = await post(`/v1/subscribers/${subscriber.id}/endpoints`, body, 'both');
      const bySubscriber = await post(`/v1/subscribers/${subscriber.id}/endpoints`, body, 'both', token.body.key);
      expect(bySubscriber.body.id).not.toBe(byTenant.body.id);
    });
  });

  it.each(['', '""', '"open', 'x'.repeat(256), 'a\tb'])('refuses the key %j', async (key) => {
    for (const url of ['/v1/events', '/v1/subscribers']) {
      const answer = await post(url, url === '/v1/events' ? event : { name: 'x' }, key);
      expect([answer.status, answer.body.code]).toEqual([400, 'idempotency_key_invalid']);
    }
  });
});
