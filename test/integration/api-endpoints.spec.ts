import { EndpointEntity } from '#persistence';
import { fieldsOf, TestApi, unknownId } from '../api/api.js';
import type { TestTenant } from '../api/api.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** An Ed25519 seed. */
const KEY_PAIR = 'whsk_TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=';

describe('endpoints', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let acme: string;
  beforeAll(async () => {
    api = await TestApi.start({ maxRetryWindowSeconds: 400_000 });
    tenant = await api.addTenant();
    acme = (await api.addSubscriber(tenant, 'acme')).id;
  });
  afterAll(() => api.stop());

  const call = (method: string, url: string, body?: unknown) =>
    api.call(method, url, { key: tenant.key, ...(body === undefined ? {} : { body }) });
  const create = (body: unknown) => call('POST', '/v1/subscribers/acme/endpoints', body);
  const versionOf = async (id: string) => {
    const shown = await call('GET', `/v1/endpoints/${id}`);
    const [row] = await api.database.query<{ version: number }>('SELECT version FROM endpoints WHERE url = $1', [
      shown.body.url,
    ]);
    return row?.version ?? 0;
  };

  it('a new one has the defaults, shows its secret once, and header values never', async () => {
    const { status, body } = await create({
      url: 'https://acme.example/defaults',
      headers: { Authorization: 'Bearer s3cret' },
    });
    expect(status).toBe(201);
    const { secret, ...rest } = body;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(rest).toEqual({
      id: expect.stringMatching(/^ep_/),
      uid: null,
      subscriberId: acme,
      url: 'https://acme.example/defaults',
      description: null,
      eventTypes: null,
      payload: 'full',
      ordering: 'none',
      signature: 'v1',
      concurrency: 10,
      rateLimit: null,
      timeoutMs: 15000,
      retryPolicy: { initialDelaySeconds: 5, factor: 3, maxDelaySeconds: 43200, giveUpAfterSeconds: 259200 },
      headers: { authorization: '***' },
      metadata: {},
      state: 'active',
      stateReason: null,
      stateSince: expect.any(String),
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    const read = await call('GET', `/v1/endpoints/${rest.id}`);
    expect(read.body).toEqual(rest);
  });

  it('takes every field at its bounds', async () => {
    const body = {
      uid: 'bounds',
      url: 'https://acme.example:8443/x?y=1',
      description: 'd'.repeat(1024),
      eventTypes: Array.from({ length: 100 }, (_, i) => `t.n${i}`),
      payload: 'thin',
      ordering: 'fifo',
      signature: 'v1',
      concurrency: 1000,
      rateLimit: { perSecond: 0.5 },
      timeoutMs: 30000,
      retryPolicy: { initialDelaySeconds: 0.1, factor: 1, maxDelaySeconds: 1, giveUpAfterSeconds: 60 },
      headers: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`x-${i}`, 'v'])),
      metadata: { a: 'x'.repeat(4085) },
      secret: SECRET,
    };
    const answer = await create(body);
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      ...body,
      headers: Object.fromEntries(Object.keys(body.headers).map((name) => [name, '***'])),
    });
  });

  it.each<[object, string]>([
    [{ concurrency: 0 }, '/concurrency out_of_range'],
    [{ concurrency: 1001 }, '/concurrency out_of_range'],
    [{ concurrency: 1.5 }, '/concurrency invalid_type'],
    [{ concurrency: '10' }, '/concurrency invalid_type'],
    [{ timeoutMs: 999 }, '/timeoutMs out_of_range'],
    [{ timeoutMs: 30001 }, '/timeoutMs out_of_range'],
    [{ eventTypes: [] }, '/eventTypes too_short'],
    [{ eventTypes: Array(101).fill('a') }, '/eventTypes too_long'],
    [{ eventTypes: ['ok', 'a b'] }, '/eventTypes/1 event_type_invalid'],
    [{ eventTypes: 'a' }, '/eventTypes invalid_type'],
    [{ payload: 'fat' }, '/payload not_allowed'],
    [{ ordering: 'lifo' }, '/ordering not_allowed'],
    [{ signature: 'v1a', secret: SECRET }, '/secret secret_invalid'],
    [{ secret: KEY_PAIR }, '/secret secret_invalid'],
    [{ signature: 'v1a', secret: `whsk_${Buffer.alloc(31).toString('base64')}` }, '/secret secret_invalid'],
    [{ signature: 'v1a', secret: `whsk_${Buffer.alloc(64).toString('base64')}` }, '/secret secret_invalid'],
    [{ signature: 'v2' }, '/signature not_allowed'],
    [{ rateLimit: {} }, '/rateLimit/perSecond required'],
    [{ rateLimit: { perSecond: 0 } }, '/rateLimit/perSecond out_of_range'],
    [{ rateLimit: 5 }, '/rateLimit invalid_type'],
    [{ rateLimit: { perSecond: 1, perMinute: 2 } }, '/rateLimit/perMinute unknown_field'],
    [{ retryPolicy: { giveUpAfterSeconds: 59 } }, '/retryPolicy/giveUpAfterSeconds out_of_range'],
    [{ retryPolicy: { giveUpAfterSeconds: 604801 } }, '/retryPolicy/giveUpAfterSeconds out_of_range'],
    [{ retryPolicy: { giveUpAfterSeconds: 400001 } }, '/retryPolicy/giveUpAfterSeconds out_of_range'],
    [{ retryPolicy: { factor: 0.5 } }, '/retryPolicy/factor out_of_range'],
    [{ metadata: { a: 'x'.repeat(4096) } }, '/metadata too_long'],
    [{ metadata: [] }, '/metadata invalid_type'],
    [{ metadata: { a: 'x\0' } }, '/metadata/a text_invalid'],
    [{ metadata: { a: '\ud800' } }, '/metadata/a text_invalid'],
    [{ description: 'x\0' }, '/description text_invalid'],
    [{ description: 'x'.repeat(1025) }, '/description too_long'],
    [{ uid: 'ep_1' }, '/uid uid_invalid'],
    [{ uid: 'a b' }, '/uid uid_invalid'],
    [{ uid: '' }, '/uid uid_invalid'],
    [{ uid: 'x'.repeat(129) }, '/uid uid_invalid'],
    [{ secret: 'whsec_short' }, '/secret secret_invalid'],
    [{ secret: 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }, '/secret secret_invalid'],
    [{ secret: `whsec_${Buffer.alloc(23).toString('base64')}` }, '/secret secret_invalid'],
    [{ secret: `whsec_${Buffer.alloc(65).toString('base64')}` }, '/secret secret_invalid'],
    [{ headers: { host: 'x' } }, '/headers/host header_forbidden'],
    [{ headers: { 'Webhook-Id': 'x' } }, '/headers/Webhook-Id header_forbidden'],
    [{ headers: { 'x-a': 'a\r\nb: c' } }, '/headers/x-a header_forbidden'],
    [{ headers: { '': 'x' } }, '/headers/ header_forbidden'],
    [{ headers: { 'x-a': 'y'.repeat(8193) } }, '/headers too_long'],
    [{ headers: { 'x-a': '***' } }, '/headers/x-a invalid_value'],
    [{ url: 'ftp://acme.example/' }, '/url url_forbidden'],
    [{ url: 'https://u:p@acme.example/' }, '/url url_forbidden'],
    [{ url: 'https://acme.example/#x' }, '/url url_forbidden'],
    [{ url: 'https://acme.exam\tple/' }, '/url url_forbidden'],
    [{ url: 'https://acme.example:0/' }, '/url url_forbidden'],
    [{ url: 'https://acme.example:65536/' }, '/url url_forbidden'],
    [{ url: null }, '/url required'],
    [{ url: undefined }, '/url required'],
    [{ state: 'paused' }, '/state unknown_field'],
    [{ id: 'ep_x' }, '/id unknown_field'],
  ])('refuses %j and stores nothing', async (fields, expected) => {
    const before = await api.database.entities().count(EndpointEntity);
    const answer = await create({ url: 'https://acme.example/hooks', ...fields });
    expect([answer.status, answer.body.code]).toEqual([422, 'validation_failed']);
    expect(fieldsOf(answer)).toEqual([expected]);
    expect(await api.database.entities().count(EndpointEntity)).toBe(before);
  });

  it('names all wrong fields at once', async () => {
    const answer = await create({
      url: 'x',
      concurrency: 0,
      headers: { host: 'x', te: 'y' },
      nope: 1,
      retryPolicy: { factor: 'x', nope: 1 },
    });
    expect(fieldsOf(answer)).toEqual([
      '/concurrency out_of_range',
      '/headers/host header_forbidden',
      '/headers/te header_forbidden',
      '/nope unknown_field',
      '/retryPolicy/factor invalid_type',
      '/retryPolicy/nope unknown_field',
      '/url url_forbidden',
    ]);
  });

  it('plain http is for tenants that allow it', async () => {
    const strict = await api.addTenant({ httpsOnly: true });
    await api.addSubscriber(strict, 'acme');
    const refused = await api.call('POST', '/v1/subscribers/acme/endpoints', {
      key: strict.key,
      body: { url: 'http://acme.example/' },
    });
    expect([refused.status, fieldsOf(refused)]).toEqual([422, ['/url url_forbidden']]);
    const endpoint = await api.addEndpoint(strict, 'acme');
    const patched = await api.call('PATCH', `/v1/endpoints/${endpoint.id}`, {
      key: strict.key,
      body: { url: 'http://acme.example/' },
    });
    expect(patched.status).toBe(422);
    expect((await create({ url: 'http://acme.example/' })).status).toBe(201);
  });

  it('a uid is unique in its subscriber', async () => {
    await api.addSubscriber(tenant, 'other');
    expect((await create({ uid: 'taken', url: 'https://a.example/' })).status).toBe(201);
    const again = await create({ uid: 'taken', url: 'https://a.example/' });
    expect([again.status, again.body.code, fieldsOf(again)]).toEqual([409, 'uid_taken', ['/uid uid_taken']]);
    await api.addEndpoint(tenant, 'other', { uid: 'taken' });
  });

  it('keeps secrets and header values encrypted', async () => {
    const { body } = await create({
      url: 'https://sealed.example/',
      secret: SECRET,
      headers: { 'x-key': 'header-value' },
    });
    const rows = await api.database.query<{ text: string }>(
      `SELECT encode(e.headers_sealed, 'escape') || encode(s.sealed, 'escape') AS text FROM endpoints e JOIN endpoint_secrets s ON s.endpoint_id = e.id WHERE e.url = $1`,
      [body.url],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.text).not.toMatch(/header-value|MfKQ9r8G/);
  });

  describe('PUT', () => {
    const put = (uid: string, body: unknown) => call('PUT', `/v1/subscribers/acme/endpoints/${uid}`, body);

    it('creates with 201 and a secret, then replaces with 200 and none', async () => {
      const created = await put('put', {
        url: 'https://a.example/1',
        concurrency: 5,
        metadata: { a: 1 },
        headers: { 'x-a': 'v' },
      });
      expect([created.status, created.body.uid, created.body.concurrency]).toEqual([201, 'put', 5]);
      expect(created.body.secret).toMatch(/^whsec_/);
      const replaced = await put('put', { url: 'https://a.example/2', headers: { 'x-a': '***', 'x-b': 'w' } });
      expect(replaced.status).toBe(200);
      expect(replaced.body).toMatchObject({
        id: created.body.id,
        url: 'https://a.example/2',
        concurrency: 10,
        metadata: {},
        headers: { 'x-a': '***', 'x-b': '***' },
      });
      expect(replaced.body.secret).toBeUndefined();
      expect((await call('GET', `/v1/endpoints/${created.body.id}/secret`)).body.secret).toBe(created.body.secret);
    });

    it('by twins at the same moment makes one', async () => {
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => put('put-twins', { url: 'https://a.example/' })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 201]);
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    });

    it('rotates a new secret in', async () => {
      const created = await put('put-secret', { url: 'https://a.example/' });
      await put('put-secret', { url: 'https://a.example/', secret: SECRET });
      await put('put-secret', { url: 'https://a.example/', secret: SECRET });
      const { body } = await call('GET', `/v1/endpoints/${created.body.id}/secret`);
      expect([body.secret, body.previous.length]).toEqual([SECRET, 1]);
    });

    it('refuses a uid that looks like an id', async () => {
      expect((await put('ep_abc', { url: 'https://a.example/' })).status).toBe(422);
    });
  });

  describe('PATCH', () => {
    it('changes what is there, leaves what is absent, and takes null for the default', async () => {
      const endpoint = await api.addEndpoint(tenant, 'acme', {
        concurrency: 5,
        eventTypes: ['a.*'],
        rateLimit: { perSecond: 3 },
        retryPolicy: { factor: 2, initialDelaySeconds: 1 },
        metadata: { a: 1, b: { c: 1 } },
        headers: { 'x-a': '1', 'x-b': '2' },
        description: 'd',
      });
      const patch = async (body: object) =>
        (await api.expect(200, 'PATCH', `/v1/endpoints/${endpoint.id}`, { key: tenant.key, body })).body;
      expect({ ...(await patch({})), secret: endpoint.secret }).toEqual({ ...endpoint, updatedAt: expect.any(String) });
      expect(await patch({ concurrency: null, retryPolicy: { factor: null, maxDelaySeconds: 9 } })).toMatchObject({
        concurrency: 10,
        eventTypes: ['a.*'],
        retryPolicy: { initialDelaySeconds: 1, factor: 3, maxDelaySeconds: 9, giveUpAfterSeconds: 259200 },
      });
      expect((await patch({ metadata: { a: null, b: { d: 2 } } })).metadata).toEqual({ b: { c: 1, d: 2 } });
      expect((await patch({ headers: { 'X-A': null, 'x-c': '3', 'x-b': '***' } })).headers).toEqual({
        'x-b': '***',
        'x-c': '***',
      });
      expect(
        await patch({
          headers: null,
          metadata: null,
          eventTypes: null,
          rateLimit: null,
          retryPolicy: null,
          description: null,
        }),
      ).toMatchObject({
        headers: {},
        metadata: {},
        eventTypes: null,
        rateLimit: null,
        description: null,
        retryPolicy: { initialDelaySeconds: 5, factor: 3, maxDelaySeconds: 43200, giveUpAfterSeconds: 259200 },
      });
    });

    it('refuses null where there is no default, and uid and secret altogether', async () => {
      const { id } = await api.addEndpoint(tenant, 'acme');
      expect(fieldsOf(await call('PATCH', `/v1/endpoints/${id}`, { url: null, uid: 'x', secret: SECRET }))).toEqual([
        '/secret unknown_field',
        '/uid unknown_field',
        '/url required',
      ]);
    });

    it('changes what publishing matches', async () => {
      const shop = await api.addTenant();
      await api.addSubscriber(shop, 'acme');
      const { id } = await api.addEndpoint(shop, 'acme', { eventTypes: ['a'] });
      const publish = async () => (await api.publish(shop, { subscriber: 'acme', type: 'b', data: 1 })).deliveries;
      expect(await publish()).toBe(0);
      await api.expect(200, 'PATCH', `/v1/endpoints/${id}`, { key: shop.key, body: { eventTypes: null } });
      expect(await publish()).toBe(1);
    });
  });

  it('every change that a holder must notice raises the version, and wakes the lane', async () => {
    const { id } = await api.addEndpoint(tenant, 'acme', { url: 'https://versions.example/' });
    const steps: [string, string, object?][] = [
      ['PATCH', '', { concurrency: 3 }],
      ['PATCH', '', { url: 'https://versions.example/' }],
      ['POST', '/secret/rotate', {}],
      ['POST', '/pause'],
      ['POST', '/resume'],
    ];
    let version = await versionOf(id);
    for (const [method, path, body] of steps) {
      api.woken.length = 0;
      await api.expect(200, method, `/v1/endpoints/${id}${path}`, {
        key: tenant.key,
        ...(body === undefined ? {} : { body }),
      });
      const now = await versionOf(id);
      expect([path, now]).toEqual([path, version + 1]);
      expect(api.woken).toHaveLength(1);
      version = now;
    }
  });

  describe('pause and resume', () => {
    it('say who paused; pausing again changes nothing', async () => {
      const { id } = await api.addEndpoint(tenant, 'acme');
      const token = (await call('POST', '/v1/subscribers/acme/tokens', { name: 't', scope: 'manage' })).body.key;
      const paused = await api.call('POST', `/v1/endpoints/${id}/pause`, { key: token });
      expect([paused.status, paused.body.state, paused.body.stateReason]).toEqual([
        200,
        'paused',
        'paused_by_subscriber',
      ]);
      const again = await call('POST', `/v1/endpoints/${id}/pause`);
      expect([again.body.stateReason, again.body.stateSince]).toEqual(['paused_by_subscriber', paused.body.stateSince]);
      expect((await call('POST', `/v1/endpoints/${id}/resume`)).body).toMatchObject({
        state: 'active',
        stateReason: null,
      });
      expect((await call('POST', `/v1/endpoints/${id}/pause`)).body.stateReason).toBe('paused_by_tenant');
    });

    it.each(['gone', 'failing'] as const)('resume ends a disabling for %s', async (stateReason) => {
      const { id, url } = await api.addEndpoint(tenant, 'acme', { url: `https://${stateReason}.example/` });
      await api.database.entities().update(EndpointEntity, { url }, { state: 'disabled', stateReason });
      expect((await call('POST', `/v1/endpoints/${id}/resume`)).body.state).toBe('active');
    });

    it('what an operator paused only an operator resumes', async () => {
      const { id, url } = await api.addEndpoint(tenant, 'acme', { url: 'https://operator.example/' });
      await api.database
        .entities()
        .update(EndpointEntity, { url }, { state: 'paused', stateReason: 'paused_by_operator' });
      const answer = await call('POST', `/v1/endpoints/${id}/resume`);
      expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
      await call('POST', `/v1/endpoints/${id}/pause`);
      expect((await call('GET', `/v1/endpoints/${id}`)).body.stateReason).toBe('paused_by_operator');
    });

    it('resume with "cancel" cancels what was collected, and only at this endpoint', async () => {
      const shop = await api.addTenant();
      await api.addSubscriber(shop, 'acme');
      const [one, other] = [await api.addEndpoint(shop, 'acme'), await api.addEndpoint(shop, 'acme')];
      await api.expect(200, 'POST', `/v1/endpoints/${one.id}/pause`, { key: shop.key });
      for (let batch = 0; batch < 2; batch++) {
        const events = Array(700).fill({ subscriber: 'acme', type: 'a', data: 1 });
        await api.expect(202, 'POST', '/v1/events/batch', { key: shop.key, body: { events } });
      }
      await api.expect(200, 'POST', `/v1/endpoints/${one.id}/resume`, { key: shop.key, body: { pending: 'cancel' } });
      const states = async (endpoint: string, state: string) =>
        (await api.call('GET', `/v1/deliveries?endpoint=${endpoint}&state=${state}&limit=1`, { key: shop.key })).body
          .data;
      expect(await states(one.id, 'pending')).toEqual([]);
      expect((await states(one.id, 'cancelled'))[0]).toMatchObject({
        reason: 'cancelled',
        nextAttemptAt: null,
        settledAt: expect.any(String),
      });
      expect(await states(other.id, 'cancelled')).toEqual([]);
    });

    it.each([{ pending: 'drop' }, { more: 1 }])('resume refuses %j', async (body) => {
      const { id } = await api.addEndpoint(tenant, 'acme');
      expect((await call('POST', `/v1/endpoints/${id}/resume`, body)).status).toBe(422);
    });
  });

  describe('the test button', () => {
    it('makes a delivery of its own, with the bytes given, and wakes the lane', async () => {
      const { id } = await api.addEndpoint(tenant, 'acme');
      api.woken.length = 0;
      const raw = '{"type":"order.test","data": {"n":1.0,"e":1e400} }';
      const { status, body } = await api.call('POST', `/v1/endpoints/${id}/test`, { key: tenant.key, raw });
      expect([status, api.woken.length]).toEqual([202, 1]);
      const delivery = await call('GET', `/v1/deliveries/${body.deliveryId}`);
      expect(delivery.body).toMatchObject({
        trigger: 'test',
        endpointId: id,
        eventType: 'order.test',
        subscriberId: acme,
      });
      expect((await call('GET', `/v1/events/${delivery.body.eventId}`)).text).toContain('"data":{"n":1.0,"e":1e400}');
    });

    it('needs no body, and refuses what is no test', async () => {
      const { id } = await api.addEndpoint(tenant, 'acme');
      expect((await call('POST', `/v1/endpoints/${id}/test`)).status).toBe(202);
      expect(fieldsOf(await call('POST', `/v1/endpoints/${id}/test`, { type: 'a b', extra: 1 }))).toEqual([
        '/extra unknown_field',
        '/type event_type_invalid',
      ]);
    });
  });

  it('a deleted one is gone, its pending deliveries are cancelled, its history stays', async () => {
    const shop = await api.addTenant();
    await api.addSubscriber(shop, 'acme');
    const { id } = await api.addEndpoint(shop, 'acme', { uid: 'gone' });
    const event = await api.publish(shop, { subscriber: 'acme', type: 'a', data: 1 });
    await api.expect(204, 'DELETE', `/v1/endpoints/${id}`, { key: shop.key });
    for (const [method, url] of [
      ['GET', ''],
      ['DELETE', ''],
      ['PATCH', ''],
      ['POST', '/pause'],
      ['POST', '/test'],
      ['GET', '/secret'],
    ] as const) {
      const answer = await api.call(method, `/v1/endpoints/${id}${url}`, {
        key: shop.key,
        ...(method === 'PATCH' ? { body: {} } : {}),
      });
      expect([method, url, answer.status]).toEqual([method, url, 404]);
    }
    const { body } = await api.call('GET', `/v1/deliveries?endpoint=${id}`, { key: shop.key });
    expect(body.data).toMatchObject([{ eventId: event.id, state: 'cancelled', reason: 'endpoint_deleted' }]);
    expect((await api.publish(shop, { subscriber: 'acme', type: 'a', data: 1 })).deliveries).toBe(0);
    await api.addEndpoint(shop, 'acme', { uid: 'gone' });
  });

  it('lists by subscriber and state', async () => {
    const shop = await api.addTenant();
    for (const uid of ['one', 'two']) await api.addSubscriber(shop, uid);
    const first = await api.addEndpoint(shop, 'one');
    const second = await api.addEndpoint(shop, 'two');
    await api.expect(200, 'POST', `/v1/endpoints/${second.id}/pause`, { key: shop.key });
    const list = async (query: string) =>
      (await api.expect(200, 'GET', `/v1/${query}`, { key: shop.key })).body.data.map(({ id }: { id: string }) => id);
    expect(await list('endpoints')).toEqual([second.id, first.id]);
    expect(await list('endpoints?subscriber=one')).toEqual([first.id]);
    expect(await list(`endpoints?subscriber=${second.subscriberId}`)).toEqual([second.id]);
    expect(await list('endpoints?state=paused')).toEqual([second.id]);
    expect(await list('endpoints?subscriber=one&state=paused')).toEqual([]);
    expect(await list('endpoints?subscriber=nobody')).toEqual([]);
    expect(await list('subscribers/two/endpoints')).toEqual([second.id]);
    expect((await api.call('GET', '/v1/endpoints?state=sleepy', { key: shop.key })).status).toBe(422);
  });

  it.each([unknownId('endpoint'), unknownId('subscriber'), 'ep_x', 'x', '%20'])(
    'there is no endpoint %j',
    async (id) => {
      expect((await call('GET', `/v1/endpoints/${id}`)).body.code).toBe('not_found');
    },
  );
});
