import { startReceiver } from '#testing';
import { fieldsOf, TestApi } from '../api/api.js';
import type { TestTenant } from '../api/api.js';

describe('the catalogue of event types', () => {
  let api: TestApi;
  let tenant: TestTenant;
  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.addTenant();
  });
  afterAll(() => api.stop());

  const call = (method: string, url: string, body?: unknown) =>
    api.call(method, `/v1/event-types${url}`, { key: tenant.key, ...(body === undefined ? {} : { body }) });

  it('takes a type, gives it back, and refuses it twice', async () => {
    const schema = { type: 'object', properties: { orderId: { type: 'integer' } } };
    const { status, body } = await call('POST', '', { name: 'order.placed', description: 'd', schema });
    expect([status, body]).toEqual([
      201,
      { name: 'order.placed', description: 'd', schema, createdAt: expect.any(String), updatedAt: expect.any(String) },
    ]);
    expect((await call('GET', '/order.placed')).body).toEqual(body);
    expect((await call('POST', '', { name: 'order.placed' })).status).toBe(409);
  });

  it('PUT creates and replaces, DELETE removes', async () => {
    expect((await call('PUT', '/a.b', { description: 'x', schema: true })).status).toBe(201);
    const replaced = await call('PUT', '/a.b', {});
    expect([replaced.status, replaced.body.description, replaced.body.schema]).toEqual([200, null, null]);
    expect([
      (await call('DELETE', '/a.b')).status,
      (await call('DELETE', '/a.b')).status,
      (await call('GET', '/a.b')).status,
    ]).toEqual([204, 404, 404]);
  });

  it.each([
    [{}, '/name required'],
    [{ name: 'a b' }, '/name event_type_invalid'],
    [{ name: 'a.*' }, '/name event_type_invalid'],
    [{ name: 'x', schema: { type: 'strnig' } }, '/schema/type schema_invalid'],
    [{ name: 'x', schema: 'text' }, '/schema schema_invalid'],
    [{ name: 'x', schema: { $ref: 'https://example.com/s.json' } }, '/schema/$ref schema_invalid'],
    [{ name: 'x', schema: { description: 'x'.repeat(65_536) } }, '/schema schema_invalid'],
    [{ name: 'x', color: 1 }, '/color unknown_field'],
  ])('refuses %j', async (body, field) => {
    const answer = await call('POST', '', body);
    expect(answer.status).toBe(422);
    expect(fieldsOf(answer)).toContain(field);
  });

  it('never fetches what a schema refers to', async () => {
    const elsewhere = await startReceiver();
    const url = elsewhere.url('/schema.json');
    const refused = [{ $ref: url }, { $schema: url }, { allOf: [{ properties: { a: { $ref: `${url}#/a` } } }] }];
    for (const schema of refused) expect((await call('POST', '', { name: 'fetched', schema })).status).toBe(422);
    // A base is a name, and `#` is within the schema: both are kept and looked up nowhere.
    const named = { $id: url, $ref: '#/$defs/a', $defs: { a: { type: 'string' } } };
    expect((await call('POST', '', { name: 'named', schema: named })).body.schema).toEqual(named);
    expect(elsewhere.connections()).toBe(0);
    await elsewhere.close();
  });

  it('refuses reserved names, in the body and in the path', async () => {
    for (const answer of [await call('POST', '', { name: 'posthorn.x' }), await call('PUT', '/posthorn.x', {})]) {
      expect([answer.status, answer.body.code]).toEqual([422, 'event_type_reserved']);
    }
  });

  it('lists by name, page by page', async () => {
    const shop = await api.addTenant();
    for (const name of ['b', 'a', 'c'])
      await api.expect(201, 'POST', '/v1/event-types', { key: shop.key, body: { name } });
    const page = async (query: string) =>
      (await api.expect(200, 'GET', `/v1/event-types?${query}`, { key: shop.key })).body;
    const first = await page('order=asc&limit=2');
    expect(first.data.map(({ name }: { name: string }) => name)).toEqual(['a', 'b']);
    const second = await page(`order=asc&limit=2&cursor=${first.nextCursor}`);
    expect([second.data.map(({ name }: { name: string }) => name), second.nextCursor]).toEqual([['c'], null]);
  });
});
