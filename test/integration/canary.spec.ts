import { randomBytes } from 'node:crypto';
import { formatMasterKeys } from '#config';
import { decodeId, newUuid } from '#core';
import { freePort } from '#embedded';
import { ApiKeyEntity, Database, TenantEntity } from '#persistence';
import { hashKey, newApiKey } from '#signing';
import { createTestDatabase, describeEachBackend, startReceiver, OPEN_LOOPBACK } from '#testing';
import type { Receiver, TestDatabase } from '#testing';
import { Line } from '../api/line.js';
import { AppProcess } from '../canary/app-process.js';
import { findForms, formsOf } from '../canary/secret-forms.js';
import type { SecretForm } from '../canary/secret-forms.js';
import { databaseText, redisText, RedisMonitor } from '../canary/stored-text.js';

/** Publishing, delivering, failing, rotating, revealing, bad requests and faults, with all apps at their most talkative. */
describeEachBackend('known secret values', (backend) => {
  const masterKey = { id: 'canary', key: randomBytes(32) };
  const whsec = () => `whsec_${randomBytes(32).toString('base64')}`;
  const secrets: Record<string, string> = {
    'the API key': newApiKey(),
    'a signing secret': whsec(),
    'the next signing secret': whsec(),
    'a secret that is refused': whsec(),
    'a private key': `whsk_${randomBytes(32).toString('base64')}`,
    'a header value': `Bearer h-${randomBytes(16).toString('hex')} "quoted"`,
    'a changed header value': `h2-${randomBytes(16).toString('hex')}`,
    'a header value that is refused': `h3-${randomBytes(16).toString('hex')}`,
    'an unknown API key': newApiKey(),
    'a wrong database password': randomBytes(16).toString('hex'),
  };
  const secret = (name: string) => secrets[name] ?? '';
  const apps: AppProcess[] = [];
  /** What was answered where no secret belongs. */
  const answers: string[] = [];
  let test: TestDatabase;
  let database: Database;
  let receiver: Receiver;
  let lines: { database: Line; redis: Line | null };
  let monitor: RedisMonitor | null = null;
  let env: Record<string, string>;
  let ports: { api: number; metrics: number; dispatcher: number; admin: number };

  beforeAll(async () => {
    receiver = await startReceiver();
    test = await createTestDatabase();
    database = await Database.open({ url: test.url, appName: 'canary', poolSize: 2, statementTimeoutMs: 10_000 });
    const databaseUrl = new URL(test.url);
    databaseUrl.password ||= randomBytes(16).toString('hex'); // a server that asks for none takes any
    secrets['the database password'] = databaseUrl.password;
    lines = { database: await Line.to(databaseUrl.href), redis: null };
    if (backend.redisUrl !== null) {
      monitor = new RedisMonitor(backend.redisUrl);
      const redisUrl = new URL(backend.redisUrl);
      redisUrl.username ||= 'default';
      redisUrl.password ||= randomBytes(16).toString('hex');
      secrets['the Redis password'] = redisUrl.password;
      lines.redis = await Line.to(redisUrl.href);
    }
    ports = { api: await freePort(), metrics: await freePort(), dispatcher: await freePort(), admin: await freePort() };
    env = {
      DATABASE_URL: lines.database.url,
      REDIS_URL: lines.redis?.url ?? '',
      QUEUE_PREFIX: backend.prefix,
      MASTER_KEYS: formatMasterKeys([masterKey]),
      ...OPEN_LOOPBACK,
      LOG_LEVEL: 'trace',
      DUE_WAKES_MS: '50',
      API_PORT: String(ports.api),
      METRICS_PORT: String(ports.metrics),
      DISPATCHER_PORT: String(ports.dispatcher),
      ADMIN_PORT: String(ports.admin),
    };
    secrets['the master key'] = `whsec_${masterKey.key.toString('base64')}`; // looked for as bytes too
  });
  beforeAll(async () => {
    for (const name of ['api', 'dispatcher', 'admin'] as const) apps.push(AppProcess.run(name, env));
    await Promise.all(apps.map((app) => app.says(/"msg":"(listening|holding lanes)"/)));
    const tenantId = newUuid(Date.now());
    const key = secret('the API key');
    const credential = { hash: hashKey(key), last4: key.slice(-4), name: 'canary' };
    await database.entities().insert(TenantEntity, { id: tenantId, name: 'canary' });
    await database
      .entities()
      .insert(ApiKeyEntity, { id: newUuid(Date.now()), tenantId, role: 'tenant', ...credential });
    await ok('POST', '/v1/subscribers', { uid: 'acme', name: 'Acme' });
  }, 30_000);
  afterAll(async () => {
    receiver.release();
    await Promise.all(apps.map((app) => app.stop()));
    await Promise.all([monitor?.close(), lines.database.cut(), lines.redis?.cut(), database.close()]);
    await test.drop();
    await receiver.close();
  }, 60_000);

  interface Made {
    id: string;
    key: string;
  }
  const request = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${ports.api}${path}`, {
      method,
      headers: { authorization: `Bearer ${secret('the API key')}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const ok = async (method: string, path: string, body?: unknown, headers = {}): Promise<Made> => {
    const response = await request(method, path, body, headers);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Made;
  };
  /** A request that must fail so; its answer is looked through. */
  const refused = async (status: number, method: string, path: string, body?: unknown, headers = {}) => {
    const response = await request(method, path, body, headers);
    answers.push(JSON.stringify([...response.headers]), await response.text());
    expect([method, path.slice(0, 20), response.status]).toEqual([method, path.slice(0, 20), status]);
  };
  const endpoint = (path: string, more: object) =>
    ok('POST', '/v1/subscribers/acme/endpoints', { url: receiver.url(path), ...more });
  const publish = () => ok('POST', '/v1/events', { subscriber: 'acme', type: 'a', data: 1 });
  const found = (text: string): string[] => {
    const forms: SecretForm[] = Object.entries(secrets).flatMap(([name, value]) => formsOf(name, value));
    return findForms(forms, text);
  };
  /** A request that the cut connection fails is an answer to look through too. */
  const publishAgain = async () => {
    const until = performance.now() + 15_000;
    for (;;) {
      const response = await request('POST', '/v1/events', { subscriber: 'acme', type: 'a', data: 1 });
      answers.push(await response.text());
      if (response.ok) return;
      if (performance.now() > until) throw new Error('publishing does not come back');
    }
  };

  it('stand nowhere but where they belong after everything was done with them, right and wrong', async () => {
    receiver.answer('/failing', { status: 503, body: 'busy' });
    const custom = { authorization: secret('a header value') };
    const healthy = await endpoint('/healthy', { secret: secret('a signing secret'), headers: custom });
    const pair = await endpoint('/pair', { signature: 'v1a', secret: secret('a private key'), headers: custom });
    await endpoint('/failing', { headers: custom, retryPolicy: { initialDelaySeconds: 0.1 } });
    await endpoint('/nobody', { url: `http://127.0.0.1:${await freePort()}/`, headers: custom });
    const once = { 'idempotency-key': 'canary' };
    secrets['a key that was made'] = (await ok('POST', '/v1/keys', { name: 'k', role: 'publisher' }, once)).key;
    await ok('POST', '/v1/keys', { name: 'k', role: 'publisher' }, once);
    secrets['a token'] = (await ok('POST', '/v1/subscribers/acme/tokens', { name: 't', scope: 'manage' })).key;

    await publish();
    await receiver.waitFor(
      (r) => r.at('/healthy').length > 0 && r.at('/pair').length > 0 && r.at('/failing').length > 1,
    );
    expect(receiver.at('/healthy')[0]?.headers.authorization).toBe(secret('a header value')); // it does belong there
    await ok('POST', `/v1/endpoints/${healthy.id}/secret/rotate`, { secret: secret('the next signing secret') });
    await ok('GET', `/v1/endpoints/${healthy.id}/secret`);
    await ok('GET', `/v1/endpoints/${pair.id}/secret`);
    await ok('PATCH', `/v1/endpoints/${healthy.id}`, { headers: { 'x-key': secret('a changed header value') } });
    await ok('POST', `/v1/endpoints/${healthy.id}/test`, {});
    await publish();
    await receiver.waitFor((r) => r.at('/healthy').some(({ headers }) => 'x-key' in headers));
    for (const path of ['/v1/deliveries', '/v1/endpoints', '/v1/keys', '/v1/events', `/v1/endpoints/${healthy.id}`])
      answers.push(JSON.stringify(await ok('GET', path)));
    const shown = (await ok('GET', '/v1/deliveries')) as unknown as { data: Made[] };
    for (const { id } of shown.data) answers.push(JSON.stringify(await ok('GET', `/v1/deliveries/${id}/attempts`)));

    const [bad, header] = [secret('a secret that is refused'), secret('a header value that is refused')];
    const create = (status: number, body: unknown) => refused(status, 'POST', '/v1/subscribers/acme/endpoints', body);
    await create(422, { url: receiver.url('/x'), secret: bad, signature: 'v1a' });
    await create(422, { url: receiver.url('/x'), secret: `${bad}x` });
    await create(422, { url: receiver.url('/x'), secret: bad, headers: { 'x-a': `${header}\r\n` }, concurrency: 0 });
    await create(422, { url: receiver.url('/x'), secret: bad, headers: { host: header }, nope: bad });
    await create(422, { url: `https://u:${bad}@acme.example/`, secret: [bad], headers: header });
    await create(400, `{"secret":"${bad}", "headers": {"x": "${header}"} oops`);
    await refused(422, 'POST', `/v1/endpoints/${healthy.id}/secret/rotate`, { secret: [bad], overlapSeconds: header });
    await refused(422, 'GET', `/v1/endpoints?key=${secret('the API key')}`);
    await refused(404, 'GET', `/v1/endpoints/${encodeURIComponent(bad)}`);
    await refused(404, 'GET', `/v1/${secret('an unknown API key')}`);
    await refused(401, 'GET', '/v1/me', undefined, { authorization: `Bearer ${secret('an unknown API key')}` });
    await refused(401, 'GET', '/v1/me', undefined, { authorization: `Basic ${secret('an unknown API key')}` });

    await provokeFaults(healthy.id);
    await askWithWrongConfiguration();
    const queued = await queuedText(decodeId('endpoint', healthy.id) ?? '');
    for (const [port, path] of [
      [ports.metrics, '/metrics'],
      [ports.admin, '/nowhere'],
      [ports.admin, '/health/ready'],
    ])
      answers.push(await (await fetch(`http://127.0.0.1:${port}${path}`)).text());

    expect({
      logs: found(apps.map(({ output }) => output).join('\n')),
      answers: found(answers.join('\n')),
      database: found(await databaseText(database)),
      queue: found(queued),
      commands: found(monitor?.text ?? ''),
    }).toEqual({ logs: [], answers: [], database: [], queue: [], commands: [] });
    // What was looked through is what it is meant to be.
    const logs = apps.map(({ output }) => output).join('\n');
    for (const said of ['a request failed by our fault', 'terminated', '"app":"dispatcher"', '"app":"admin"'])
      expect(logs).toContain(said);
    expect(queued).toContain(decodeId('endpoint', healthy.id));
    expect(answers.join('\n')).toContain('process_cpu');
  }, 90_000);

  /** Statements that fail, rows that do not open, a database and a queue that go away. */
  async function provokeFaults(endpointId: string): Promise<void> {
    const uuid = decodeId('endpoint', endpointId);
    await database.query('ALTER TABLE endpoint_secrets RENAME COLUMN sealed TO away');
    await refused(500, 'GET', `/v1/endpoints/${endpointId}/secret`);
    await refused(500, 'POST', `/v1/endpoints/${endpointId}/secret/rotate`, {
      secret: secret('a secret that is refused'),
    });
    await database.query('UPDATE endpoints SET version = version + 1');
    await publish(); // the dispatcher cannot load them
    await database.query('ALTER TABLE endpoint_secrets RENAME COLUMN away TO sealed');
    await database.query(`UPDATE endpoint_secrets SET sealed = sealed || '\\x00' WHERE endpoint_id = $1`, [uuid]);
    await database.query('UPDATE endpoints SET version = version + 1 WHERE id = $1', [uuid]);
    await refused(500, 'GET', `/v1/endpoints/${endpointId}/secret`);
    await publish();
    lines.redis?.drop();
    lines.database.drop();
    await apps[0]?.says(/terminated|ECONNRESET/i);
    await publishAgain();
  }

  async function askWithWrongConfiguration(): Promise<void> {
    const wrong = new URL(test.url);
    wrong.password = secret('a wrong database password');
    wrong.pathname = '/no_such_database';
    const changes: Record<string, string>[] = [
      { DATABASE_URL: wrong.href },
      { DATABASE_URL: wrong.href.replace('://', ':/') },
      { MASTER_KEYS: `canary:${masterKey.key.toString('base64')}=,x` },
      { REDIS_URL: `redis//:${secret('a wrong database password')}@127.0.0.1` },
    ];
    const failing = changes.flatMap((change) =>
      (['api', 'dispatcher', 'admin'] as const).map((name) =>
        AppProcess.run(name, { ...env, API_PORT: '0', ...change }),
      ),
    );
    apps.push(...failing);
    await Promise.all(failing.slice(0, 9).map((app) => app.end()));
    await Promise.all(failing.map((app) => app.stop()));
  }

  /** What lies in the queue while nobody takes it out. */
  async function queuedText(endpointUuid: string): Promise<string> {
    await apps[1]?.stop();
    const until = performance.now() + 10_000;
    for (;;) {
      await publish();
      const text = backend.redisUrl === null ? await databaseText(database) : await redisText(backend.redisUrl);
      const jobs =
        backend.redisUrl === null
          ? text
              .split('\n')
              .filter((line) => /"(data|name)"/.test(line))
              .join('\n')
          : text;
      if (jobs.includes(endpointUuid)) return jobs;
      if (performance.now() > until) throw new Error('no wake is queued');
    }
  }
});
