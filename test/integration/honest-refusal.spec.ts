import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Database } from '#persistence';
import { createTestDatabase } from '#testing';
import { TestApi } from '../api/api.js';
import type { Answer, TestTenant } from '../api/api.js';
import type { Body } from '../api/body.js';

const REFUSED_WITHIN_MS = 2_000;
/** The watch asks every 300 ms. */
const BACK_WITHIN_MS = 5_000;

interface Timed {
  answer: Answer;
  tookMs: number;
}

describe('an api whose database is away', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let subscriber: Body;
  let endpoint: Body;

  beforeEach(async () => {
    api = await TestApi.start({ cuttable: true });
    tenant = await api.addTenant();
    subscriber = await api.addSubscriber(tenant, 'acme');
    endpoint = await api.addEndpoint(tenant, 'acme');
  });

  afterEach(() => api.stop());

  const timed = async (method: string, url: string, body?: unknown, headers = {}): Promise<Timed> => {
    const begun = performance.now();
    const answer = await api.call(method, url, { key: tenant.key, headers, ...(body === undefined ? {} : { body }) });
    return { answer, tookMs: performance.now() - begun };
  };

  const publish = (): Promise<Timed> =>
    timed('POST', '/v1/events', { subscriber: 'acme', type: 'order.placed', data: { n: 1 } });

  /** A request to every route that asks the database, each of which is answered with 2xx while it is there. */
  const everyRoute = (): Promise<Timed>[] => [
    publish(),
    timed('POST', '/v1/events/batch', { events: [{ broadcast: true, type: 'order.placed', data: 1 }] }),
    ...[
      ...['me', 'subscribers', 'endpoints', 'events', 'deliveries', 'event-types', 'keys'],
      ...['subscribers/acme', `subscribers/${subscriber.id}`, 'subscribers/acme/endpoints', 'subscribers/acme/tokens'],
      ...[`endpoints/${endpoint.id}`, `endpoints/${endpoint.id}/secret`, `endpoints/${endpoint.id}/health`],
    ].map((path) => timed('GET', `/v1/${path}`)),
    timed('POST', '/v1/subscribers', { name: 'Globex' }),
    timed('POST', '/v1/subscribers', { name: 'Globex' }, { 'idempotency-key': 'k' }),
    timed('PATCH', '/v1/subscribers/acme', { name: 'Acme' }),
    timed('PUT', '/v1/subscribers/globex', { name: 'Globex' }),
    timed('PATCH', `/v1/endpoints/${endpoint.id}`, { description: 'x' }),
    ...['pause', 'resume', 'test', 'secret/rotate'].map((path) =>
      timed('POST', `/v1/endpoints/${endpoint.id}/${path}`, {}),
    ),
    timed('POST', '/v1/event-types', { name: 'order.placed' }),
    timed('POST', '/v1/keys', { role: 'publisher', name: 'ci' }),
    timed('POST', '/v1/subscribers/acme/tokens', { scope: 'read', name: 'ci' }),
  ];

  const refusals = (all: Timed[]) =>
    all.map(({ answer: { status, body, headers }, tookMs }) => [
      status,
      body.code,
      headers['retry-after'],
      tookMs < REFUSED_WITHIN_MS,
    ]);
  const REFUSED = [503, 'unavailable', '1', true];
  const ready = async (): Promise<number> => (await api.call('GET', '/health/ready')).status;

  /** By itself: nothing is done to the api. */
  const backAgain = async (): Promise<void> => {
    const until = performance.now() + BACK_WITHIN_MS;
    while ((await ready()) !== 200) {
      if (performance.now() > until) throw new Error(`Not ready ${BACK_WITHIN_MS} ms after the database was back`);
      await nextTurn();
    }
    expect((await publish()).answer.status).toBe(202);
  };

  it.each([
    { what: 'refuses connections', end: () => api.way.cut(), begin: () => api.way.mend() },
    {
      what: 'says nothing any more, nor to who comes',
      end: async () => {
        api.way.fallSilent({ all: true });
      },
      begin: async () => {
        api.way.letThrough();
      },
    },
  ])('answers 503 on every route within 2 s when it $what, and works again by itself', async ({ end, begin }) => {
    // Its key is known: what is refused is the request, not who asks.
    expect((await timed('GET', '/v1/me')).answer.status).toBe(200);
    await end();
    const all = everyRoute();
    expect(refusals(await Promise.all(all))).toEqual(all.map(() => REFUSED));
    expect(await ready()).toBe(503);
    // Nothing is waited for a second time.
    expect(refusals(await Promise.all(everyRoute()))).toEqual(all.map(() => REFUSED));
    expect((await api.call('GET', '/health/live')).status).toBe(200);
    await begin();
    await backAgain();
  });

  it('gives up connections that have fallen silent within 2 s, while new ones are fine', async () => {
    // As many as there may be, all in use before.
    await Promise.all(everyRoute());
    api.way.fallSilent({ all: false });
    const first = await publish();
    expect(refusals([first])).toEqual([REFUSED]);
    await backAgain();
    const all = await Promise.all(everyRoute());
    expect(all.filter(({ answer, tookMs }) => answer.status >= 500 || tookMs > REFUSED_WITHIN_MS)).toEqual([]);
  });

  it('refuses what it would have to write while it is read-only, is not ready, and works again by itself', async () => {
    const setting = async (on: boolean): Promise<void> => {
      const [{ name } = { name: '' }] = await api.database.query<{ name: string }>('SELECT current_database() AS name');
      // From a connection that may write whatever the setting says.
      await api.database.transaction(async () => {
        await api.database.query('SET TRANSACTION READ WRITE');
        await api.database.query(`ALTER DATABASE ${name} SET default_transaction_read_only = ${on ? 'on' : 'off'}`);
      });
      api.way.drop();
    };
    await setting(true);
    expect(refusals([await publish()])).toEqual([REFUSED]);
    expect(refusals([await timed('POST', '/v1/subscribers', { name: 'Globex' })])).toEqual([REFUSED]);
    expect((await timed('GET', '/v1/subscribers')).answer.status).toBe(200);
    expect(await ready()).toBe(503);
    await setting(false);
    await backAgain();
  });
});

describe('an api for which Postgres has no connections left', () => {
  it('answers 503, is not ready, and works again by itself', async () => {
    const test = await createTestDatabase();
    const owner = await Database.open({ url: test.url, appName: 'owner', poolSize: 1, statementTimeoutMs: 10_000 });
    // Whoever is no superuser can be refused.
    const role = `posthorn_test_${randomBytes(6).toString('hex')}`;
    await owner.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x' IN ROLE pg_read_all_data, pg_write_all_data`);
    const url = new URL(test.url);
    Object.assign(url, { username: role, password: 'x' });
    const api = await TestApi.start({ cuttable: true, on: url.href });
    const { key } = await api.addTenant();
    const body = { broadcast: true, type: 'order.placed', data: 1 };
    const status = async (method: string, path: string) =>
      (await api.call(method, path, { key, ...(method === 'POST' ? { body } : {}) })).status;
    try {
      await owner.query(`ALTER ROLE ${role} CONNECTION LIMIT 0`);
      api.way.drop();
      const begun = performance.now();
      const paths = ['/v1/me', '/v1/subscribers', '/health/ready'].map((path) => status('GET', path));
      expect(await Promise.all([...paths, status('POST', '/v1/events')])).toEqual([503, 503, 503, 503]);
      expect(performance.now() - begun).toBeLessThan(REFUSED_WITHIN_MS);
      await owner.query(`ALTER ROLE ${role} CONNECTION LIMIT -1`);
      expect(await status('GET', '/health/ready')).toBe(200);
      expect(await status('POST', '/v1/events')).toBe(202);
    } finally {
      await api.stop();
      await owner.query(`DROP ROLE ${role}`);
      await owner.close();
      await test.drop();
    }
  });
});

describe('an api that is asked for more than it can do', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let port: number;
  const agent = new Agent({ keepAlive: true, maxSockets: 500 });

  beforeAll(async () => {
    api = await TestApi.start({ cuttable: true, requestLimits: { maxRequests: 100, maxBodyBytes: 1_000_000 } });
    tenant = await api.addTenant();
    await api.addSubscriber(tenant, 'acme');
    await api.listen();
    ({ port } = api.address() as AddressInfo);
  });

  afterAll(async () => {
    agent.destroy();
    await api.stop();
  });

  const BODY = JSON.stringify({ subscriber: 'acme', type: 'order.placed', data: { n: 1 } });
  const post = (path: string, body: string): Promise<{ status: number; code: string; retryAfter: unknown }> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' };
      const sent = request({ agent, port, host: '127.0.0.1', path, method: 'POST', headers }, (response) => {
        let text = '';
        response.on('data', (bytes: Buffer) => (text += bytes.toString()));
        response.on('end', () => {
          const { code = '' } = JSON.parse(text) as { code?: string };
          resolve({ status: response.statusCode ?? 0, code, retryAfter: response.headers['retry-after'] });
        });
      });
      sent.on('error', reject).end(body);
    });
  const countOf = (answers: { code: string }[], code: string) => answers.filter((one) => one.code === code).length;

  const REFUSED = new Set(['503 1']);
  const kinds = (answers: Awaited<ReturnType<typeof post>>[]) =>
    new Set(answers.map(({ status, retryAfter }) => `${status} ${String(retryAfter)}`));

  it('refuses at once what is beyond its bound while the database is slow, and takes what it has let in', async () => {
    let refused: () => void = () => undefined;
    const enough = new Promise<void>((resolve) => (refused = resolve));
    const answers: Awaited<ReturnType<typeof post>>[] = [];
    const locked = api.database.transaction(async () => {
      await api.database.query('LOCK TABLE events');
      const all = Array.from({ length: 1_000 }, async () => {
        answers.push(await post('/v1/events', BODY));
        if (answers.length === 900) refused();
      });
      await enough;
      return all;
    });
    await Promise.all(await locked);
    expect(kinds(answers.slice(0, 900))).toEqual(REFUSED);
    expect(countOf(answers, 'overloaded')).toBe(900);
    expect(countOf(answers, '')).toBe(100);
  }, 60_000);

  it('refuses everything while the database says nothing, and takes all of it afterwards', async () => {
    api.way.fallSilent({ all: true });
    expect(kinds(await Promise.all(Array.from({ length: 3_000 }, () => post('/v1/events', BODY))))).toEqual(REFUSED);
    api.way.letThrough();
    const until = performance.now() + BACK_WITHIN_MS;
    while ((await post('/v1/events', BODY)).status !== 202 && performance.now() < until);
    const after = await Promise.all(Array.from({ length: 100 }, () => post('/v1/events', BODY)));
    expect(countOf(after, '')).toBe(100);
  }, 60_000);

  it('forgets a request whose sender has gone', async () => {
    const sockets: Socket[] = [];
    // Resolves when the server has begun with it: it answers `100 Continue` then.
    const hold = async (): Promise<void> => {
      const socket = connect(port, '127.0.0.1');
      sockets.push(socket);
      socket.write(
        `POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${tenant.key}\r\ncontent-type: application/json\r\ncontent-length: 100\r\nexpect: 100-continue\r\n\r\n{`,
      );
      await once(socket, 'data');
    };
    const until = performance.now() + BACK_WITHIN_MS;
    await Promise.all(Array.from({ length: 100 }, hold));
    // What an earlier test has ended may have been counted still.
    while ((await post('/v1/events', BODY)).code !== 'overloaded') {
      if (performance.now() > until) throw new Error('The requests under way were never too many');
      await hold();
    }
    for (const socket of sockets) socket.destroy();
    await Promise.all(sockets.filter((socket) => !socket.closed).map((socket) => once(socket, 'close')));
    while ((await post('/v1/events', BODY)).status !== 202)
      if (performance.now() > until) throw new Error('Requests that were given up are still counted');
  });

  it('counts the bytes of bodies, also those that are not announced', async () => {
    expect(await post('/v1/events/batch', `{"events":[${' '.repeat(1_000_001)}]}`)).toMatchObject({
      code: 'overloaded',
      retryAfter: '1',
    });
    const response = await fetch(`http://127.0.0.1:${port}/v1/events/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' },
      body: new Blob(['{"events":[]}']).stream(),
      duplex: 'half',
    });
    expect(await response.json()).toMatchObject({ code: 'overloaded' });
  });
});
