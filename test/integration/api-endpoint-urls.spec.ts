import type { LaneWaker } from '#lanes';
import { EndpointEntity } from '#persistence';
import { fieldsOf, TestApi } from '../api/api.js';
import type { Answer, TestTenant } from '../api/api.js';

/** The installation opens one range of its own, and no port. */
const EGRESS = { EGRESS_ALLOW_CIDRS: '10.8.0.0/16', EGRESS_ALLOW_PORTS: '' };

describe("an endpoint's URL, when it is saved", () => {
  let api: TestApi;
  let tenant: TestTenant;

  beforeAll(async () => {
    api = await TestApi.start({ egress: EGRESS });
    tenant = await api.addTenant();
    await api.addSubscriber(tenant, 'acme');
  });
  afterAll(() => api.stop());

  const create = (url: unknown, of = tenant): Promise<Answer> =>
    api.call('POST', '/v1/subscribers/acme/endpoints', { key: of.key, body: { url } });

  it.each([
    ['file:///etc/passwd', 'url_forbidden'],
    ['gopher://a.example/', 'url_forbidden'],
    ['ftp://a.example/', 'url_forbidden'],
    ['ws://a.example/', 'url_forbidden'],
    ['javascript:alert(1)', 'url_forbidden'],
    ['https://user:pass@a.example/', 'url_forbidden'],
    ['https://a.example/#part', 'url_forbidden'],
    ['https://a.exa\tmple/', 'url_forbidden'],
    ['https://a.example/\r\nx', 'url_forbidden'],
    ['https://[fe80::1%25eth0]/', 'url_forbidden'],
    ['https://a.example:0/', 'url_forbidden'],
    ['https://a.example:65536/', 'url_forbidden'],
    ['https://127.0.0.1/', 'address_forbidden'],
    ['https://127.1/', 'address_forbidden'],
    ['https://0x7f.1/', 'address_forbidden'],
    ['https://0177.0.0.1/', 'address_forbidden'],
    ['https://2130706433/', 'address_forbidden'],
    ['https://0/', 'address_forbidden'],
    ['https://１２７.0.0.1/', 'address_forbidden'],
    ['https://127。0。0。1/', 'address_forbidden'],
    ['https://[::1]/', 'address_forbidden'],
    ['https://[::]/', 'address_forbidden'],
    ['https://[::ffff:127.0.0.1]/', 'address_forbidden'],
    ['https://[::ffff:a9fe:a9fe]/', 'address_forbidden'],
    ['https://[::8.8.8.8]/', 'address_forbidden'],
    ['https://[64:ff9b::a9fe:a9fe]/', 'address_forbidden'],
    ['https://[2002:7f00:1::]/', 'address_forbidden'],
    ['https://[fd00:ec2::254]/', 'address_forbidden'],
    ['http://169.254.169.254/', 'address_forbidden'],
    ['http://100.100.100.200/', 'address_forbidden'],
    ['http://192.0.0.192/', 'address_forbidden'],
    ['http://168.63.129.16/', 'address_forbidden'],
    ['https://localhost/', 'address_forbidden'],
    ['https://localhost./', 'address_forbidden'],
    ['https://a.localhost/', 'address_forbidden'],
    ['https://printer.local/', 'address_forbidden'],
    ['https://api.internal/', 'address_forbidden'],
    ['http://metadata.google.internal/', 'address_forbidden'],
    ['https://intranet/', 'address_forbidden'],
    ['https://a.example:22/', 'port_forbidden'],
    ['http://a.example:8080/', 'port_forbidden'],
  ])('is refused and nothing stored: %j, %s', async (url, code) => {
    const answer = await create(url);
    expect([answer.status, answer.body.code, fieldsOf(answer)]).toEqual([422, 'validation_failed', [`/url ${code}`]]);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(await api.database.entities().count(EndpointEntity)).toBe(0);
  });

  describe('with a name that resolves', () => {
    afterEach(() => api.database.query('TRUNCATE endpoints CASCADE'));

    it.each([
      ['to a private address', { A: ['10.0.0.1'] }],
      ['to a public and a private address', { A: ['93.184.216.34', '169.254.169.254'] }],
      ['to a public address and ::1', { A: ['93.184.216.34'], AAAA: ['::1'] }],
    ])('%s is refused, and the answer does not say to which', async (_case, zone) => {
      api.names.has('inward.example', zone);
      const answer = await create('https://inward.example/');
      expect(fieldsOf(answer)).toEqual(['/url address_forbidden']);
      expect(answer.text).not.toMatch(/10\.0\.0\.1|169\.254|::1/);
    });

    it('to public addresses is saved', async () => {
      api.names.has('good.example', { A: ['93.184.216.34'], AAAA: ['2606:4700::1111'] });
      expect((await create('https://good.example/')).status).toBe(201);
      expect(api.names.asked).toEqual(expect.arrayContaining(['A good.example', 'AAAA good.example']));
    });

    it('of a private network is saved only when all its answers lie in opened ranges', async () => {
      api.names.has('hooks.internal', { A: ['10.8.1.1'] });
      api.names.has('public.internal', { A: ['10.8.1.1', '93.184.216.34'] });
      expect((await create('https://hooks.internal/')).status).toBe(201);
      expect(fieldsOf(await create('https://public.internal/'))).toEqual(['/url address_forbidden']);
    });

    it('is judged in PUT and PATCH too, and reported beside what else the service refuses', async () => {
      api.names.has('inward.example', { A: ['10.0.0.1'] });
      const { id } = (await create('https://later.example/')).body;
      const body = { url: 'https://inward.example/' };
      const put = await api.call('PUT', '/v1/subscribers/acme/endpoints/one', { key: tenant.key, body });
      const patch = await api.call('PATCH', `/v1/endpoints/${id}`, { key: tenant.key, body });
      expect([put.status, patch.status]).toEqual([422, 422]);
      expect([fieldsOf(put), fieldsOf(patch)]).toEqual([['/url address_forbidden'], ['/url address_forbidden']]);
      const patched = await api.call('PATCH', `/v1/endpoints/${id}`, { key: tenant.key, body: { description: 'x' } });
      expect(patched.status).toBe(200);
    });

    it('is judged before an idempotency key is looked at, and the answer of a first request is repeated', async () => {
      const headers = { 'idempotency-key': 'one' };
      const body = { url: 'https://later.example/' };
      const call = () => api.call('POST', '/v1/subscribers/acme/endpoints', { key: tenant.key, body, headers });
      const [first, second] = [await call(), await call()];
      expect([first.status, second.status, second.headers['idempotency-replayed']]).toEqual([201, 201, 'true']);
      expect(second.body.id).toBe(first.body.id);
    });
  });

  describe('with a name that does not resolve', () => {
    afterEach(() => api.database.query('TRUNCATE endpoints CASCADE'));

    it.each([
      ['that does not exist', null],
      ['that has no address', {}],
      ['that its name server cannot tell', { fails: ['A', 'AAAA'] as const }],
      ['that its name server does not answer for', { silent: ['A', 'AAAA'] as const }],
    ])('%s is saved: it is judged when it is sent to', async (_case, zone) => {
      if (zone !== null) api.names.has('later.example', zone);
      expect((await create(`https://${zone === null ? 'absent' : 'later'}.example/`)).status).toBe(201);
    });

    it('is not waited for longer than somebody waits for an answer, though the resolver goes on asking for seconds', async () => {
      const fresh = await TestApi.start({ egress: EGRESS }); // a resolver that knows a server to be quick gives it up sooner
      const own = await fresh.addTenant();
      await fresh.addSubscriber(own, 'acme');
      fresh.names.has('later.example', { silent: ['A', 'AAAA'] });
      const began = performance.now();
      const body = { url: 'https://later.example/' };
      const { status } = await fresh.call('POST', '/v1/subscribers/acme/endpoints', { key: own.key, body });
      const tookMs = performance.now() - began;
      await fresh.stop();
      expect(status).toBe(201);
      expect(tookMs).toBeLessThan(3_000);
    });

    it('holds no connection to the database meanwhile: others are served while a dozen wait', async () => {
      api.names.has('hung.example', { silent: ['A', 'AAAA'] });
      const ended: string[] = [];
      const waiting = Array.from({ length: 12 }, (_, n) =>
        api
          .call('POST', '/v1/subscribers/acme/endpoints', {
            key: tenant.key,
            body: { url: 'https://hung.example/' },
            headers: n % 2 === 0 ? { 'idempotency-key': `key-${n}` } : {},
          })
          .then(({ status }) => ended.push(`saved ${status}`)),
      );
      const others = Array.from({ length: 12 }, () =>
        api.call('GET', '/v1/subscribers/acme', { key: tenant.key }).then(({ status }) => ended.push(`read ${status}`)),
      );
      await Promise.all([...waiting, ...others]);
      expect(ended.slice(0, 12)).toEqual(Array.from({ length: 12 }, () => 'read 200'));
      expect(ended.slice(12)).toEqual(Array.from({ length: 12 }, () => 'saved 201'));
    });
  });

  it("is judged by its tenant's policy: https only, and ports of its own", async () => {
    const own = await api.addTenant({ httpsOnly: true, allowedPorts: [8443] });
    await api.addSubscriber(own, 'acme');
    expect((await create('https://a.example:8443/', own)).status).toBe(201);
    expect(fieldsOf(await create('http://a.example/', own))).toEqual(['/url url_forbidden']);
    expect(fieldsOf(await create('https://a.example:80/', own))).toEqual(['/url port_forbidden']);
    expect(fieldsOf(await create('https://a.example:8443/'))).toEqual(['/url port_forbidden']);
    expect((await create('http://a.example/')).status).toBe(201);
  });
});

describe('the tests of an endpoint', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let id: string;

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.addTenant();
    await api.addSubscriber(tenant, 'acme');
    ({ id } = await api.addEndpoint(tenant, 'acme'));
  });
  afterAll(() => api.stop());

  const noWaker = { wake: () => undefined } as unknown as LaneWaker;
  const test = (endpoint = id): Promise<Answer> =>
    api.call('POST', `/v1/endpoints/${endpoint}/test`, { key: tenant.key, body: {} });

  it('are ten at once and then one in six seconds, whichever process is asked', async () => {
    const other = await TestApi.start({ beside: { database: api.database, waker: noWaker } });
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, n) =>
        (n % 2 === 0 ? api : other).call('POST', `/v1/endpoints/${id}/test`, { key: tenant.key, body: {} }),
      ),
    );
    await other.stop();
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(10);
    expect(refused.map(({ body }) => body.code)).toEqual(Array.from({ length: 14 }, () => 'rate_limited'));
    const waits = refused.map(({ headers }) => Number(headers['retry-after']));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...waits)).toBeLessThanOrEqual(6);

    await api.database.query(`UPDATE endpoints SET tests_until = tests_until - interval '6 seconds'`);
    expect([(await test()).status, (await test()).status]).toEqual([202, 429]);
  });

  it('of another endpoint are not touched by it', async () => {
    const { id: second } = await api.addEndpoint(tenant, 'acme');
    expect((await test(second)).status).toBe(202);
  });
});
