import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { TestApi } from '../api/api.js';
import type { Answer, TestTenant } from '../api/api.js';

describe('HTTP', () => {
  let api: TestApi;
  let tenant: TestTenant;
  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.addTenant();
  });
  afterAll(() => api.stop());

  function expectProblem(answer: Answer, status: number, code: string): void {
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.body).toEqual({
      type: `/docs/errors#${code}`,
      title: expect.any(String),
      status,
      code,
      detail: answer.body.detail,
      requestId: expect.stringMatching(/^req_[0-9a-z]{26}$/),
      errors: expect.any(Array),
    });
    expect(answer.headers['x-request-id']).toBe(answer.body.requestId);
  }

  const post = (raw: string | Buffer, headers: Record<string, string> = {}) =>
    api.call('POST', '/v1/subscribers', { key: tenant.key, raw, headers });

  it.each([
    ['nothing like JSON', 'name=x'],
    ['half an object', '{"name":"x"'],
    ['two values', '{} {}'],
    ['a trailing comma', '{"name":"x",}'],
    ['a byte order mark', '\ufeff{"name":"x"}'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['an unterminated string', '{"name":"x'],
    ['NaN', '{"name":NaN}'],
  ])('%s is 400', async (_what, raw) => {
    expectProblem(await post(raw), 400, 'malformed_json');
  });

  it('never repeats the body in a problem', async () => {
    expect((await post('{"secret":"whsec_abc", oops}')).text).not.toContain('whsec_abc');
  });

  it.each([
    ['application/x-www-form-urlencoded', {}],
    ['text/plain', {}],
    ['multipart/form-data; boundary=x', {}],
    ['application/xml', {}],
    ['application/json; charset=iso-8859-1', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
  ])('a body as %s %j is 415', async (type, more) => {
    expectProblem(await post('{"name":"x"}', { 'content-type': type, ...more }), 415, 'unsupported_media_type');
  });

  it.each(['application/json; charset=UTF-8', 'application/json;charset="utf-8"', 'application/merge-patch+json'])(
    'a body as %s is read',
    async (type) => {
      expect((await post('{"name":"x"}', { 'content-type': type })).status).toBe(201);
    },
  );

  it('an absent body is an empty one', async () => {
    expect((await api.call('POST', '/v1/subscribers', { key: tenant.key })).status).toBe(422);
    expect(
      (await api.call('POST', '/v1/subscribers', { key: tenant.key, headers: { 'content-type': 'application/json' } }))
        .status,
    ).toBe(422);
  });

  it('a body above 1 MiB is 413', async () => {
    expectProblem(await post(`{"name":"${'x'.repeat(1024 * 1024)}"}`), 413, 'body_too_large');
  });

  it('a body of a hundred thousand brackets is 422', async () => {
    expectProblem(await post('['.repeat(1e5) + ']'.repeat(1e5)), 422, 'payload_too_deep');
  });

  it.each(['/', '/v1', '/v1/nothing', '/v2/events', '/v1/events/', '/v1//events', '/admin/v1', '/v1/endpoints/a/b/c'])(
    '%s is 404',
    async (url) => {
      expectProblem(await api.call('GET', url, { key: tenant.key }), 404, 'not_found');
    },
  );

  it.each([
    ['DELETE', '/v1/events', 'GET, HEAD, POST'],
    ['POST', '/v1/endpoints/x', 'DELETE, GET, HEAD, PATCH'],
    ['PUT', '/health/live', 'GET, HEAD'],
  ])('%s %s is 405 and says what is allowed', async (method, url, allowed) => {
    const answer = await api.call(method, url, { key: tenant.key });
    expectProblem(answer, 405, 'method_not_allowed');
    expect(answer.headers.allow).toBe(allowed);
  });

  it.each(['/v1/subscribers/%zz', '/v1/subscribers/%ff', '/%'])(
    'the malformed percent-encoding of %s is a problem',
    async (url) => {
      expectProblem(await api.call('GET', url, { key: tenant.key }), 400, 'malformed_request');
    },
  );

  it('the longest names that can be given can be asked for', async () => {
    const [type, uid] = ['t'.repeat(256), 'u'.repeat(128)];
    await api.expect(201, 'PUT', `/v1/event-types/${type}`, { key: tenant.key, body: {} });
    await api.expect(201, 'PUT', `/v1/subscribers/${uid}`, { key: tenant.key, body: {} });
    expect((await api.call('GET', `/v1/event-types/${type}`, { key: tenant.key })).body.name).toBe(type);
    expect((await api.call('GET', `/v1/subscribers/${uid}`, { key: tenant.key })).body.uid).toBe(uid);
  });

  it('a path that is far too long is a problem', async () => {
    const answer = await api.call('GET', `/v1/subscribers/${'x'.repeat(5000)}`, { key: tenant.key });
    expect([answer.status >= 400 && answer.status < 500, answer.headers['content-type']]).toEqual([
      true,
      'application/problem+json; charset=utf-8',
    ]);
  });

  it.each(['%00', 'a%00b', '%F0%9F%98%80', '..%2f..', "'%20OR%201=1"])(
    'the odd name %s names nothing',
    async (name) => {
      for (const url of ['subscribers/', 'endpoints/', 'event-types/', 'events/', 'deliveries/']) {
        expectProblem(await api.call('GET', `/v1/${url}${name}`, { key: tenant.key }), 404, 'not_found');
      }
    },
  );

  it('a request line that is no HTTP is answered and the server lives', async () => {
    await api.listen();
    const { port } = api.address() as AddressInfo;
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
      let text = '';
      socket
        .on('data', (chunk) => (text += String(chunk)))
        .on('error', reject)
        .on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('application/problem+json');
    expect((await api.call('GET', '/health/live')).status).toBe(200);
  });

  it('says that it lives and is ready to anybody', async () => {
    for (const url of ['/health/live', '/health/ready'])
      expect((await api.call('GET', url)).body).toEqual({ status: 'ok' });
  });

  describe('without the database', () => {
    let away: TestApi;
    let key: string;
    beforeAll(async () => {
      away = await TestApi.start({ cuttable: true });
      ({ key } = await away.addTenant());
      await away.cutOff();
    });
    afterAll(() => away.stop());

    it.each([
      ['POST', '/v1/events'],
      ['GET', '/v1/subscribers'],
      ['GET', '/health/ready'],
    ])('%s %s is 503 with Retry-After within 2 s', async (method, url) => {
      const before = performance.now();
      const answer = await away.call(method, url, {
        key,
        ...(method === 'POST' ? { body: { broadcast: true, type: 'a', data: 1 } } : {}),
      });
      expectProblem(answer, 503, 'unavailable');
      expect(answer.headers['retry-after']).toBe('1');
      expect(performance.now() - before).toBeLessThan(2_000);
    });

    it('it still says that it lives', async () => {
      expect((await away.call('GET', '/health/live')).status).toBe(200);
    });
  });
});
