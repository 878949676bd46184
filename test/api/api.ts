import { randomBytes } from 'node:crypto';
import type { Clock } from '#core';
import { DEFAULT_DISABLING, DEFAULT_FLOW_SETTINGS, encodeId, newUuid, SystemClock } from '#core';
import { PublishEvents } from '#delivery';
import type { RequestLimits } from '#http-kit';
import type { LaneWaker } from '#lanes';
import { createLogger } from '#observability';
import { ApiKeyEntity, Database, TenantEntity } from '#persistence';
import type { SecretBox } from '#signing';
import { hashKey, newApiKey } from '#signing';
import { createTestDatabase, testGuard, testSecretBox } from '#testing';
import { createApi } from '../../apps/api/src/create-api.js';
import type { Body } from './body.js';
import { Line } from './line.js';
import { NameServer } from '../dns/name-server.js';
import type { Api } from '../../apps/api/src/create-api.js';

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  /** The parsed body; an empty object when there is none. */
  body: Body;
  text: string;
}

export interface CallOptions {
  key?: string;
  body?: unknown;
  /** Sent as it is instead of `body`. */
  raw?: string | Buffer;
  headers?: Record<string, string>;
}

export interface TestTenant {
  id: string;
  key: string;
}

interface StartOptions {
  maxRetryWindowSeconds?: number;
  /** Through a line that can be cut, and that knows what was asked. */
  cuttable?: boolean;
  clock?: Clock;
  /** On a database that somebody else made and ends, waking the lanes that are really there. */
  beside?: { database: Database; waker: LaneWaker };
  /** On the database of this URL, which somebody else drops. */
  on?: string;
  box?: SecretBox;
  /** What the address guard is told otherwise than that loopback is open. */
  egress?: Record<string, string>;
  requestLimits?: RequestLimits;
}

/** What a name server that hangs may take of a test. */
const DNS_TIMEOUT_MS = 300;

/** The real api on a real Postgres; only wakes are recorded instead of queued. */
export class TestApi {
  /** Endpoints in the order in which they were woken. */
  readonly woken: string[] = [];

  private constructor(
    readonly database: Database,
    private readonly api: Api,
    private readonly databaseUrl: string,
    private readonly end: () => Promise<void>,
    private readonly line: Line | null,
    /** All that the api learns of names; nobody is there but whom a test puts there. */
    readonly names: NameServer,
  ) {}

  static async start({
    maxRetryWindowSeconds = 604_800,
    cuttable = false,
    clock = new SystemClock(),
    beside,
    on,
    box = testSecretBox(),
    egress = {},
    requestLimits = { maxRequests: 5_000, maxBodyBytes: 268_435_456 },
  }: StartOptions = {}): Promise<TestApi> {
    const limits = { maxRetryWindowSeconds, retentionDays: 30 };
    const { database, url, line, end } = beside ? besideOthers(beside.database) : await openDatabase(cuttable, on);
    const woken: string[] = [];
    const recorder = {
      wake: (ids: Iterable<string>) => woken.push(...ids),
      wakeFanOut: (id: string) => woken.push(id),
    } as unknown as LaneWaker;
    const waker = beside?.waker ?? recorder;
    const publishLimits = { groupRows: 1_000, groupBytes: 8_388_608, queueRows: 20_000, queueBytes: 134_217_728 };
    const names = await NameServer.start();
    const guard = testGuard({ EGRESS_DNS_SERVERS: names.address, ...egress }, DNS_TIMEOUT_MS);
    const api = await createApi({
      database,
      waker,
      limits,
      guard,
      laneRules: { flow: DEFAULT_FLOW_SETTINGS, disabling: DEFAULT_DISABLING },
      clock,
      box,
      requestLimits,
      publishEvents: new PublishEvents(database, waker, publishLimits),
      logger: createLogger({ log: { level: 'silent' } }, 'api'),
      trustProxy: false,
      version: '0.0.0',
    });
    const endAll = async (): Promise<void> => {
      guard.close();
      await names.stop();
      await end();
    };
    const test = new TestApi(database, api, url, endAll, line, names);
    // The recorder was made before the object it belongs to.
    Object.defineProperty(test, 'woken', { value: woken });
    return test;
  }

  /** Another process of the API, as far as the database can tell; stop it first. */
  twin(): Promise<TestApi> {
    return TestApi.start({ on: this.databaseUrl });
  }

  get document(): Api['document'] {
    return this.api.document;
  }

  get routes(): Api['routes'] {
    return this.api.routes;
  }

  /** For what `inject` cannot do: real sockets. */
  async listen(): Promise<void> {
    await this.api.app.listen(0, '127.0.0.1');
  }

  address(): unknown {
    return this.api.app.getHttpServer().address();
  }

  /** From now on the database refuses every connection. */
  async cutOff(): Promise<void> {
    await this.line?.cut();
  }

  /** The line to the database, to be cut or silenced. Only with a line. */
  get way(): Line {
    if (this.line === null) throw new Error('This api was not started with a line');
    return this.line;
  }

  /** What has been asked of the database since the last time. Only with a line. */
  statements(): string[] {
    return this.line?.statements.take() ?? [];
  }

  async stop(): Promise<void> {
    await this.api.app.close();
    await this.end();
  }

  async call(method: string, url: string, { key, body, raw, headers = {} }: CallOptions = {}): Promise<Answer> {
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await this.api.app.inject({
      method: method as 'GET',
      url,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(payload === undefined ? {} : { payload }),
    });
    const isJson = String(response.headers['content-type']).includes('json');
    const parsed: unknown = isJson && response.payload !== '' ? JSON.parse(response.payload) : {};
    return { status: response.statusCode, headers: response.headers, body: parsed as Body, text: response.payload };
  }

  async addTenant(more: Partial<TenantEntity> = {}): Promise<TestTenant> {
    const id = newUuid(Date.now());
    await this.database.entities().insert(TenantEntity, { id, name: 'a tenant', ...more });
    return { id, key: await this.addKey(id, { role: 'tenant' }) };
  }

  /** A key inserted as the launcher does it. */
  async addKey(tenantId: string, more: Partial<ApiKeyEntity>): Promise<string> {
    const key = newApiKey();
    const row = { id: newUuid(Date.now()), tenantId, name: 'a key', hash: hashKey(key), last4: key.slice(-4), ...more };
    await this.database.entities().insert(ApiKeyEntity, row);
    return key;
  }

  /** A subscriber with a uid of its own; answers with its shape. */
  async addSubscriber(tenant: TestTenant, uid = `sub-${randomBytes(4).toString('hex')}`): Promise<Body> {
    const { body } = await this.expect(201, 'POST', '/v1/subscribers', { key: tenant.key, body: { uid, name: uid } });
    return body;
  }

  async addEndpoint(tenant: TestTenant, subscriber: string, more: object = {}): Promise<Body> {
    const body = { url: 'https://acme.example/hooks', ...more };
    return (await this.expect(201, 'POST', `/v1/subscribers/${subscriber}/endpoints`, { key: tenant.key, body })).body;
  }

  async publish(tenant: TestTenant, event: object, headers: Record<string, string> = {}): Promise<Body> {
    return (await this.expect(202, 'POST', '/v1/events', { key: tenant.key, body: event, headers })).body;
  }

  /** Calls and shows the whole answer when the status is another one. */
  async expect(status: number, method: string, url: string, options: CallOptions = {}): Promise<Answer> {
    const answer = await this.call(method, url, options);
    if (answer.status !== status)
      throw new Error(`${method} ${url}: ${answer.status} instead of ${status}: ${answer.text}`);
    return answer;
  }
}

interface OpenDatabase {
  database: Database;
  url: string;
  line: Line | null;
  end(): Promise<void>;
}

const besideOthers = (database: Database): OpenDatabase => ({
  database,
  url: '',
  line: null,
  end: () => Promise.resolve(),
});

async function openDatabase(cuttable: boolean, on: string | undefined): Promise<OpenDatabase> {
  const { url, drop } = on === undefined ? await createTestDatabase() : { url: on, drop: () => Promise.resolve() };
  const line = cuttable ? await Line.to(url) : null;
  const open = { url: line?.url ?? url, appName: 'test-api', poolSize: 4, statementTimeoutMs: 10_000, watched: true };
  const database = await Database.open(open);
  const end = async (): Promise<void> => {
    await database.close();
    await line?.cut();
    await drop();
  };
  return { database, url, line, end };
}

/** The pointers and codes of a problem's fields, sorted: `/url url_forbidden`. */
export function fieldsOf(answer: Answer): string[] {
  return answer.body.errors.map(({ pointer, code }) => `${pointer} ${code}`).sort();
}

/** An id of that kind that nothing has. */
export function unknownId(kind: Parameters<typeof encodeId>[0]): string {
  return encodeId(kind, newUuid(Date.now()));
}
