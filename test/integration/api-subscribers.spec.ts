import { fieldsOf, TestApi, unknownId } from '../api/api.js';
import type { TestTenant } from '../api/api.js';

describe('subscribers', () => {
  let api: TestApi;
  let tenant: TestTenant;
  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.addTenant();
  });
  afterAll(() => api.stop());

  const call = (method: string, url: string, body?: unknown) =>
    api.call(method, url, { key: tenant.key, ...(body === undefined ? {} : { body }) });

  it('are created, and read by id or uid', async () => {
    const { status, body } = await call('POST', '/v1/subscribers', {
      uid: 'acme',
      name: 'Acme',
      metadata: { plan: 'gold' },
    });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^sub_/),
      uid: 'acme',
      name: 'Acme',
      metadata: { plan: 'gold' },
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updatedAt: body.createdAt,
    });
    for (const name of ['acme', body.id]) expect((await call('GET', `/v1/subscribers/${name}`)).body).toEqual(body);
  });

  it('need no uid; a null one is none', async () => {
    for (const body of [{ name: 'A' }, { name: 'A', uid: null }])
      expect((await call('POST', '/v1/subscribers', body)).body.uid).toBeNull();
  });

  it('have a uid of their own', async () => {
    await api.addSubscriber(tenant, 'taken');
    const answer = await call('POST', '/v1/subscribers', { uid: 'taken', name: 'x' });
    expect([answer.status, answer.body.code, fieldsOf(answer)]).toEqual([409, 'uid_taken', ['/uid uid_taken']]);
  });

  it.each([
    [{}, ['/name required']],
    [{ name: '' }, ['/name too_short']],
    [{ name: 7 }, ['/name invalid_type']],
    [{ name: null }, ['/name required']],
    [{ name: 'x'.repeat(257) }, ['/name too_long']],
    [{ name: 'x', uid: 'sub_01' }, ['/uid uid_invalid']],
    [{ name: 'x', uid: 'ä' }, ['/uid uid_invalid']],
    [{ name: 'x', metadata: 'y', id: 1 }, ['/id unknown_field', '/metadata invalid_type']],
    [{ name: 'x\0', metadata: { 'k\0': 1 } }, ['/metadata/k\0 text_invalid', '/name text_invalid']],
  ])('are not created from %j', async (body, fields) => {
    const answer = await call('POST', '/v1/subscribers', body);
    expect([answer.status, fieldsOf(answer)]).toEqual([422, fields]);
  });

  it('keep metadata of any kind, also a member named __proto__', async () => {
    const raw = '{"name":"x","metadata":{"__proto__":{"a":1},"constructor":2,"n":null,"l":[1,{"b":true}]}}';
    const { body } = await api.call('POST', '/v1/subscribers', { key: tenant.key, raw });
    const { text } = await call('GET', `/v1/subscribers/${body.id}`);
    expect(Object.keys((JSON.parse(text) as { metadata: object }).metadata).sort()).toEqual([
      '__proto__',
      'constructor',
      'l',
      'n',
    ]);
  });

  it('PUT creates with 201 and replaces with 200', async () => {
    const created = await call('PUT', '/v1/subscribers/put', { name: 'One', metadata: { a: 1 } });
    const replaced = await call('PUT', '/v1/subscribers/put', {});
    expect([created.status, replaced.status]).toEqual([201, 200]);
    expect(replaced.body).toMatchObject({ id: created.body.id, uid: 'put', name: 'put', metadata: {} });
    expect((await call('PUT', `/v1/subscribers/${created.body.id}`, { name: 'By id' })).body.name).toBe('By id');
    expect((await call('PUT', `/v1/subscribers/${unknownId('subscriber')}`, { name: 'x' })).status).toBe(404);
    expect((await call('PUT', '/v1/subscribers/a%20b', { name: 'x' })).status).toBe(422);
  });

  it('PUT by twins at the same moment makes one', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => call('PUT', '/v1/subscribers/twin', { name: 'x' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 201]);
  });

  it('PATCH merges', async () => {
    const { id } = await api.addSubscriber(tenant, 'patch');
    const patch = (body: object) => call('PATCH', `/v1/subscribers/${id}`, body);
    expect((await patch({ metadata: { a: 1, b: 2 } })).body).toMatchObject({
      uid: 'patch',
      name: 'patch',
      metadata: { a: 1, b: 2 },
    });
    expect((await patch({ metadata: { a: null }, name: 'New', uid: 'patched' })).body).toMatchObject({
      uid: 'patched',
      name: 'New',
      metadata: { b: 2 },
    });
    expect((await patch({ metadata: null, uid: null })).body).toMatchObject({ uid: null, metadata: {} });
    expect(fieldsOf(await patch({ name: null }))).toEqual(['/name invalid_type']);
    expect(fieldsOf(await patch({ metadata: { c: 'x'.repeat(5000) } }))).toEqual(['/metadata too_long']);
    await api.addSubscriber(tenant, 'in-use');
    expect((await patch({ uid: 'in-use' })).body.code).toBe('uid_taken');
  });

  it('becoming the reserved subscriber takes its endpoints out of broadcasts', async () => {
    const shop = await api.addTenant();
    await api.addSubscriber(shop, 'soon');
    await api.addEndpoint(shop, 'soon');
    const broadcast = async () => (await api.publish(shop, { broadcast: true, type: 'a', data: 1 })).deliveries;
    expect(await broadcast()).toBe(1);
    await api.expect(200, 'PATCH', '/v1/subscribers/soon', { key: shop.key, body: { uid: 'posthorn' } });
    expect(await broadcast()).toBe(0);
    await api.expect(200, 'PATCH', '/v1/subscribers/posthorn', { key: shop.key, body: { uid: 'back' } });
    expect(await broadcast()).toBe(1);
  });

  it('a deleted one takes its endpoints, tokens and pending deliveries along, and frees its uid', async () => {
    const { id } = await api.addSubscriber(tenant, 'leaving');
    const endpoint = await api.addEndpoint(tenant, 'leaving');
    const token = (await call('POST', '/v1/subscribers/leaving/tokens', { name: 't', scope: 'read' })).body.key;
    const event = await api.publish(tenant, { subscriber: 'leaving', type: 'a', data: 1 });
    expect((await call('DELETE', '/v1/subscribers/leaving')).status).toBe(204);
    for (const url of [
      'subscribers/leaving',
      `subscribers/${id}`,
      `endpoints/${endpoint.id}`,
      'subscribers/leaving/tokens',
    ]) {
      expect([url, (await call('GET', `/v1/${url}`)).status]).toEqual([url, 404]);
    }
    expect((await api.call('GET', '/v1/me', { key: token })).status).toBe(401);
    const { body } = await call('GET', `/v1/deliveries?subscriber=${id}`);
    expect(body.data).toMatchObject([{ eventId: event.id, state: 'cancelled', reason: 'endpoint_deleted' }]);
    expect((await call('GET', `/v1/events/${event.id}`)).status).toBe(200);
    await api.addSubscriber(tenant, 'leaving');
  });

  it('are listed newest first', async () => {
    const shop = await api.addTenant();
    const ids = [];
    for (const uid of ['a', 'b', 'c']) ids.unshift((await api.addSubscriber(shop, uid)).id);
    const { body } = await api.call('GET', '/v1/subscribers', { key: shop.key });
    expect([body.data.map(({ id }: { id: string }) => id), body.nextCursor]).toEqual([ids, null]);
  });
});
