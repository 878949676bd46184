import { Controller, Get, Module } from '@nestjs/common';
import { decodeId } from '#core';
import { createHttpApp, readyHttpApp } from '#http-kit';
import { recordKeyUse, TenantEntity } from '#persistence';
import { fieldsOf, TestApi, unknownId } from '../api/api.js';
import type { TestTenant } from '../api/api.js';

const ROLES = ['tenant', 'publisher', 'subscriber:manage', 'subscriber:read'] as const;

/** The role table of the API: who may call what. Everything else is 403. */
const TABLE: Record<string, readonly (typeof ROLES)[number][]> = {
  'POST /v1/subscribers': ['tenant'],
  'GET /v1/subscribers': ['tenant'],
  'GET /v1/subscribers/:subscriber': ['tenant'],
  'PATCH /v1/subscribers/:subscriber': ['tenant'],
  'PUT /v1/subscribers/:subscriber': ['tenant'],
  'DELETE /v1/subscribers/:subscriber': ['tenant'],
  'POST /v1/subscribers/:subscriber/tokens': ['tenant'],
  'GET /v1/subscribers/:subscriber/tokens': ['tenant'],
  'DELETE /v1/subscribers/:subscriber/tokens/:id': ['tenant'],
  'POST /v1/subscribers/:subscriber/endpoints': ['tenant', 'subscriber:manage'],
  'GET /v1/subscribers/:subscriber/endpoints': ['tenant', 'subscriber:manage', 'subscriber:read'],
  'PUT /v1/subscribers/:subscriber/endpoints/:uid': ['tenant', 'subscriber:manage'],
  'GET /v1/endpoints': ['tenant', 'subscriber:manage', 'subscriber:read'],
  'GET /v1/endpoints/:id': ['tenant', 'subscriber:manage', 'subscriber:read'],
  'PATCH /v1/endpoints/:id': ['tenant', 'subscriber:manage'],
  'DELETE /v1/endpoints/:id': ['tenant', 'subscriber:manage'],
  'GET /v1/endpoints/:id/health': ['tenant', 'subscriber:manage', 'subscriber:read'],
  'GET /v1/endpoints/:id/secret': ['tenant', 'subscriber:manage'],
  'POST /v1/endpoints/:id/secret/rotate': ['tenant', 'subscriber:manage'],
  'POST /v1/endpoints/:id/pause': ['tenant', 'subscriber:manage'],
  'POST /v1/endpoints/:id/resume': ['tenant', 'subscriber:manage'],
  'POST /v1/endpoints/:id/test': ['tenant', 'subscriber:manage'],
  'POST /v1/event-types': ['tenant'],
  'GET /v1/event-types': ['tenant', 'subscriber:manage', 'subscriber:read'],
  'GET /v1/event-types/:name': ['tenant', 'subscriber:manage', 'subscriber:read'],
  'PUT /v1/event-types/:name': ['tenant'],
  'DELETE /v1/event-types/:name': ['tenant'],
  'POST /v1/events': ['tenant', 'publisher'],
  'POST /v1/events/batch': ['tenant', 'publisher'],
  'GET /v1/events': ['tenant', 'subscriber:manage', 'subscriber:read'],
  'GET /v1/events/:id': ['tenant', 'publisher', 'subscriber:manage', 'subscriber:read'],
  'GET /v1/deliveries': ['tenant', 'subscriber:manage', 'subscriber:read'],
  'GET /v1/deliveries/:id': ['tenant', 'subscriber:manage', 'subscriber:read'],
  'GET /v1/deliveries/:id/attempts': ['tenant', 'subscriber:manage', 'subscriber:read'],
  'POST /v1/deliveries/:id/resend': ['tenant', 'subscriber:manage'],
  'POST /v1/deliveries/:id/cancel': ['tenant', 'subscriber:manage'],
  'POST /v1/keys': ['tenant'],
  'GET /v1/keys': ['tenant'],
  'DELETE /v1/keys/:id': ['tenant'],
  'GET /v1/me': ['tenant', 'publisher', 'subscriber:manage', 'subscriber:read'],
};
const PUBLIC = ['GET /health/live', 'GET /health/ready'];

@Controller('v1')
class Forgotten {
  @Get('forgotten')
  get(): string {
    return 'for anybody?';
  }
}

@Module({ controllers: [Forgotten] })
class Undecided {}

describe('keys', () => {
  let api: TestApi;
  let tenant: TestTenant;
  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.addTenant({ name: 'Example Shop' });
    await api.addSubscriber(tenant, 'acme');
  });
  afterAll(() => api.stop());

  const call = (method: string, url: string, body?: unknown, key = tenant.key) =>
    api.call(method, url, { key, ...(body === undefined ? {} : { body }) });

  describe('the role table', () => {
    it('has a row for every route of the router', () => {
      const routed = api.routes.routes.filter(({ method, allow }) => method !== 'HEAD' && allow !== undefined);
      expect(routed.map(({ method, url }) => `${method} ${url}`).sort()).toEqual(
        [...Object.keys(TABLE), ...PUBLIC].sort(),
      );
    });

    it('leaves no route but the documentation’s without a decision', () => {
      const undecided = api.routes.routes.filter(({ allow }) => allow === undefined).map(({ url }) => url);
      expect(undecided.filter((url) => !/^\/(docs|openapi\.json)/.test(url))).toEqual([]);
    });

    it('refuses to start with a route that says not who may call it', async () => {
      const http = await createHttpApp(Undecided, {
        authorize: () => Promise.resolve(),
        isUnavailable: () => false,
        onFault: () => undefined,
        trustProxy: false,
        limits: { maxRequests: 1, maxBodyBytes: 1 },
      });
      await expect(readyHttpApp(http)).rejects.toThrow('no @Allow on GET /v1/forgotten');
      await http.app.close();
    });

    it.each(Object.entries(TABLE))('%s is for %j', async (route, allowed) => {
      const keys = {
        tenant: tenant.key,
        publisher: await api.addKey(tenant.id, { role: 'publisher' }),
        'subscriber:manage': await token('manage'),
        'subscriber:read': await token('read'),
      };
      const [method = '', pattern = ''] = route.split(' ');
      // Nothing has these ids, so that nobody's call changes anything.
      const url = pattern.replace(':subscriber', 'nobody').replace(':uid', 'none').replace(':name', 'no.type');
      const kind = pattern.includes('endpoints')
        ? 'endpoint'
        : pattern.includes('deliveries')
          ? 'delivery'
          : pattern.includes('events')
            ? 'event'
            : 'key';
      const got = [];
      for (const role of ROLES) {
        const answer = await call(
          method,
          url.replace(':id', unknownId(kind)),
          method === 'GET' || method === 'DELETE' ? undefined : { x: 1 },
          keys[role],
        );
        expect(answer.status).toBeLessThan(500);
        expect(answer.status).not.toBe(401);
        if (answer.status !== 403) got.push(role);
      }
      expect(got).toEqual(allowed);
    });

    const token = async (scope: string) =>
      (await api.expect(201, 'POST', '/v1/subscribers/acme/tokens', { key: tenant.key, body: { name: scope, scope } }))
        .body.key;
  });

  it.each([
    ['no header', {}],
    ['another scheme', { authorization: 'Basic cGhrOng=' }],
    ['no key', { authorization: 'Bearer ' }],
    ['an unknown key', { authorization: `Bearer phk_${'x'.repeat(43)}` }],
    ['rubbish', { authorization: 'Bearer phk_\u00e4' }],
  ])('%s is 401, before the body is read', async (_what, headers) => {
    const answer = await api.call('POST', '/v1/events', {
      raw: '{"not json',
      headers: headers,
    });
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
  });

  it('are created, shown once, listed by their last 4, and revoked', async () => {
    const created = await call('POST', '/v1/keys', { name: 'ci', role: 'publisher', expiresInSeconds: 3600 });
    expect(created.status).toBe(201);
    const { key, ...shape } = created.body;
    expect(key).toMatch(/^phk_/);
    expect(shape).toEqual({
      id: expect.stringMatching(/^key_/),
      role: 'publisher',
      scope: null,
      subscriberId: null,
      name: 'ci',
      last4: key.slice(-4),
      createdAt: expect.any(String),
      expiresAt: new Date(Date.parse(shape.createdAt) + 3_600_000).toISOString(),
      lastUsedAt: null,
    });
    const list = await call('GET', '/v1/keys');
    expect(list.text).not.toContain(key);
    expect(list.body.data).toContainEqual(shape);
    expect((await call('DELETE', `/v1/keys/${shape.id}`)).status).toBe(204);
    expect((await call('DELETE', `/v1/keys/${shape.id}`)).status).toBe(404);
    expect((await call('GET', '/v1/keys')).text).not.toContain(shape.id);
  });

  it('are stored as hashes only', async () => {
    const { key } = (await call('POST', '/v1/keys', { name: 'hash', role: 'tenant' })).body;
    const rows = await api.database.query<{ row: string }>(`SELECT k::text AS row FROM api_keys k WHERE name = 'hash'`);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.row).not.toContain(key.slice(4));
  });

  describe('refused within a second by every process of the API, also where it was just used', () => {
    let twin: TestApi;
    beforeAll(async () => {
      twin = await api.twin();
    });
    afterAll(() => twin.stop());

    const ends: [string, number, (id: string, uid: string, shop: TestTenant) => Promise<unknown>][] = [
      [
        'a key that was revoked',
        401,
        (id, _uid, shop) => api.expect(204, 'DELETE', `/v1/keys/${id}`, { key: shop.key }),
      ],
      [
        'a token that was revoked',
        401,
        (id, uid, shop) => api.expect(204, 'DELETE', `/v1/subscribers/${uid}/tokens/${id}`, { key: shop.key }),
      ],
      [
        'a token of a subscriber that was deleted',
        401,
        (_id, uid, shop) => api.expect(204, 'DELETE', `/v1/subscribers/${uid}`, { key: shop.key }),
      ],
      [
        'a key past its expiry',
        401,
        (id) =>
          api.database.query('UPDATE api_keys SET expires_at = clock_timestamp() WHERE id = $1', [decodeId('key', id)]),
      ],
      [
        'a key of a tenant that was suspended',
        403,
        (_id, _uid, shop) =>
          api.database.query('UPDATE tenants SET suspended_at = clock_timestamp() WHERE id = $1', [shop.id]),
      ],
    ];
    it.each(ends)('%s', async (what, status, end) => {
      const shop = await api.addTenant();
      const { uid } = await api.addSubscriber(shop);
      const [path, body] = what.includes('token')
        ? [`/v1/subscribers/${uid}/tokens`, { name: 'x', scope: 'manage' }]
        : ['/v1/keys', { name: 'x', role: 'tenant' }];
      const { id, key } = (await api.expect(201, 'POST', path, { key: shop.key, body })).body;
      const statuses = async () =>
        (await Promise.all([api, twin].map((one) => one.call('GET', '/v1/me', { key })))).map(
          (answer) => answer.status,
        );
      expect(await statuses()).toEqual([200, 200]);
      await end(id, uid ?? '', shop);
      const endedAt = performance.now();
      let now = await statuses();
      while (now.includes(200)) {
        expect(performance.now() - endedAt).toBeLessThan(1_100);
        now = await statuses();
      }
      expect(now).toEqual([status, status]);
    });
  });

  it('an expired one is refused', async () => {
    const key = await api.addKey(tenant.id, { role: 'tenant', expiresAt: new Date(Date.now() - 1) });
    expect((await call('GET', '/v1/me', undefined, key)).status).toBe(401);
  });

  it('of a suspended tenant may do nothing', async () => {
    const suspended = await api.addTenant();
    await api.database.entities().update(TenantEntity, { id: suspended.id }, { suspendedAt: new Date() });
    expect((await call('GET', '/v1/me', undefined, suspended.key)).status).toBe(403);
  });

  it('their use is written down', async () => {
    const { key, id } = (await call('POST', '/v1/keys', { name: 'used', role: 'tenant' })).body;
    let used: string | null = null;
    const until = performance.now() + 5_000;
    while (used === null && performance.now() < until) {
      await call('GET', '/v1/me', undefined, key);
      used = (await call('GET', '/v1/keys')).body.data.find((shown) => shown.id === id)!.lastUsedAt;
    }
    expect(Math.abs(Date.parse(used ?? '') - Date.now())).toBeLessThan(10_000);
  });

  it('their use is written down at most once a minute', async () => {
    const { key, id } = (await call('POST', '/v1/keys', { name: 'often', role: 'tenant' })).body;
    const uuid = decodeId('key', id) ?? '';
    const usedAt = async () =>
      (
        await api.database.query<{ used: Date }>('SELECT last_used_at AS used FROM api_keys WHERE id = $1', [uuid])
      )[0]?.used.getTime() ?? 0;
    for (const [ago, written] of [
      [59, false],
      [61, true],
    ] as const) {
      await api.database.query(
        `UPDATE api_keys SET last_used_at = clock_timestamp() - make_interval(secs => $2) WHERE id = $1`,
        [uuid, ago],
      );
      const before = await usedAt();
      await recordKeyUse(api.database, uuid);
      expect((await usedAt()) > before).toBe(written);
    }
    expect((await call('GET', '/v1/me', undefined, key)).status).toBe(200);
  });

  it('their use is written down beside the request: nobody waits for it', async () => {
    const { key, id } = (await call('POST', '/v1/keys', { name: 'locked', role: 'publisher' })).body;
    await api.database.transaction(async () => {
      await api.database.query('SELECT 1 FROM api_keys WHERE id = $1 FOR UPDATE', [decodeId('key', id)]);
      const answer = await call('POST', '/v1/events', { subscriber: 'acme', type: 'a', data: 1 }, key);
      expect(answer.status).toBe(202);
    });
  });

  it.each([
    [{}, ['/name required', '/role required']],
    [{ name: 'x', role: 'subscriber' }, ['/role not_allowed']],
    [{ name: 'x', role: 'operator' }, ['/role not_allowed']],
    [{ name: '', role: 'tenant', expiresInSeconds: 0 }, ['/expiresInSeconds out_of_range', '/name too_short']],
    [{ name: 'x', role: 'tenant', scope: 'read' }, ['/scope unknown_field']],
  ])('are not made of %j', async (body, fields) => {
    expect(fieldsOf(await call('POST', '/v1/keys', body))).toEqual(fields);
  });

  it('tell who they are', async () => {
    const mine = (await call('GET', '/v1/me')).body;
    expect(mine).toMatchObject({
      tenantId: expect.stringMatching(/^ten_/),
      tenantName: 'Example Shop',
      role: 'tenant',
      scope: null,
      subscriberId: null,
    });
    const { key, subscriberId } = (await call('POST', '/v1/subscribers/acme/tokens', { name: 't', scope: 'read' }))
      .body;
    expect((await call('GET', '/v1/me', undefined, key)).body).toMatchObject({
      role: 'subscriber',
      scope: 'read',
      subscriberId,
    });
  });

  it('tokens are made, listed and revoked under their subscriber', async () => {
    await api.addSubscriber(tenant, 'globex');
    const { id, key } = (await call('POST', '/v1/subscribers/globex/tokens', { name: 't', scope: 'manage' })).body;
    const listed = async (uid: string) =>
      (await call('GET', `/v1/subscribers/${uid}/tokens`)).body.data.map((shown: { id: string }) => shown.id);
    expect(await listed('globex')).toEqual([id]);
    expect(await listed('acme')).not.toContain(id);
    expect((await call('DELETE', `/v1/subscribers/acme/tokens/${id}`)).status).toBe(404);
    expect((await call('GET', '/v1/me', undefined, key)).status).toBe(200);
    expect((await call('DELETE', `/v1/subscribers/globex/tokens/${id}`)).status).toBe(204);
    expect(fieldsOf(await call('POST', '/v1/subscribers/globex/tokens', { scope: 'write' }))).toEqual([
      '/name required',
      '/scope not_allowed',
    ]);
  });

  it('are made and revoked with a line in the audit', async () => {
    const { id } = (await call('POST', '/v1/keys', { name: 'audited', role: 'tenant' })).body;
    await call('DELETE', `/v1/keys/${id}`);
    const rows = await api.database.query<{ action: string }>(
      `SELECT action FROM audit WHERE target_kind = 'key' ORDER BY id DESC LIMIT 2`,
    );
    expect(rows.map(({ action }) => action)).toEqual(['key.revoked', 'key.created']);
  });
});
