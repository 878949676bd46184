import { createHash } from 'node:crypto';
import { decodeId, encodeId } from '#core';
import type { IdKind } from '#core';
import { FakeClock } from '#testing';
import { TestApi } from '../api/api.js';
import type { Answer, CallOptions } from '../api/api.js';
import { addTwinSubscriber, addTwinTenant, twinOf } from '../api/twin.js';
import { furnish } from '../fuzz/furnish.js';
import type { Furnished } from '../fuzz/furnish.js';

/**
 * What a route does with somebody else's, and so how it is shown that it does nothing with it. `reads`: its answers are the same whether the
 * other exists or not. `names`: an id of the other gets the answer of an id that nobody has, for the same statements. `creates`: a name or a
 * key that the other uses is free.
 */
type Decision = 'reads' | 'names' | 'creates' | 'nothing';

const DECISIONS: Record<string, Decision[]> = {
  'POST /v1/subscribers': ['creates'],
  'GET /v1/subscribers': ['reads'],
  'GET /v1/subscribers/:subscriber': ['reads', 'names'],
  'PATCH /v1/subscribers/:subscriber': ['names'],
  'PUT /v1/subscribers/:subscriber': ['names'],
  'DELETE /v1/subscribers/:subscriber': ['names'],
  'POST /v1/subscribers/:subscriber/tokens': ['names', 'creates'],
  'GET /v1/subscribers/:subscriber/tokens': ['reads', 'names'],
  'DELETE /v1/subscribers/:subscriber/tokens/:id': ['names'],
  'POST /v1/subscribers/:subscriber/endpoints': ['names', 'creates'],
  'GET /v1/subscribers/:subscriber/endpoints': ['reads', 'names'],
  'PUT /v1/subscribers/:subscriber/endpoints/:uid': ['names'],
  'GET /v1/endpoints': ['reads'],
  'GET /v1/endpoints/:id': ['reads', 'names'],
  'PATCH /v1/endpoints/:id': ['names'],
  'DELETE /v1/endpoints/:id': ['names'],
  'GET /v1/endpoints/:id/health': ['reads', 'names'],
  'GET /v1/endpoints/:id/secret': ['reads', 'names'],
  'POST /v1/endpoints/:id/secret/rotate': ['names'],
  'POST /v1/endpoints/:id/pause': ['names'],
  'POST /v1/endpoints/:id/resume': ['names'],
  'POST /v1/endpoints/:id/test': ['names'],
  'POST /v1/event-types': ['creates'],
  'GET /v1/event-types': ['reads'],
  'GET /v1/event-types/:name': ['reads'],
  'PUT /v1/event-types/:name': ['creates'],
  'DELETE /v1/event-types/:name': ['creates'],
  'POST /v1/events': ['creates'],
  'POST /v1/events/batch': ['creates'],
  'GET /v1/events': ['reads'],
  'GET /v1/events/:id': ['reads', 'names'],
  'GET /v1/deliveries': ['reads'],
  'GET /v1/deliveries/:id': ['reads', 'names'],
  'GET /v1/deliveries/:id/attempts': ['reads', 'names'],
  'POST /v1/deliveries/:id/resend': ['names'],
  'POST /v1/deliveries/:id/cancel': ['names'],
  'POST /v1/keys': ['creates'],
  'GET /v1/keys': ['reads'],
  'DELETE /v1/keys/:id': ['names'],
  'GET /v1/me': ['reads'],
  'GET /health/live': ['nothing'],
  'GET /health/ready': ['nothing'],
};

/** How each list can be asked, beside page by page. */
const FILTERS = [
  '',
  'order=asc',
  'after=2020-01-01T00:00:00Z&before=2100-01-01T00:00:00Z',
  'before=2020-01-01T00:00:00Z',
];
const OWN_FILTERS: Record<string, string[]> = {
  '/v1/endpoints': ['subscriber=acme', 'state=active', 'state=paused'],
  '/v1/events': ['subscriber=acme', 'type=order.placed', 'idempotencyKey=k-0', 'type=order.placed&subscriber=acme'],
  '/v1/deliveries': ['subscriber=acme', 'state=pending', 'state=dead', 'reason=gone', 'type=order.placed'],
};

const KINDS: [string, IdKind, RegExp][] = [
  ['/tokens', 'key', /key_\w{26}/],
  ['/endpoints', 'endpoint', /ep_\w{26}/],
  ['/events', 'event', /evt_\w{26}/],
  ['/deliveries', 'delivery', /dlv_\w{26}/],
  ['', 'key', /key_\w{26}/],
];

/** What the api asks by itself, to know whether Postgres answers. */
const WATCH = 'SELECT 1';

const PREFIX = { subscriber: 'sub_', endpoint: 'ep_', event: 'evt_', delivery: 'dlv_' };

/** A cursor with another position, by somebody who has read how they are made. */
function forge(cursor: string, position: string): string {
  const [version, filters] = [
    Buffer.from(cursor, 'base64url').subarray(0, 1),
    Buffer.from(cursor, 'base64url').subarray(5, 13),
  ];
  const rest = Buffer.concat([filters, Buffer.from(position)]);
  const check = createHash('sha256').update(rest).digest().subarray(0, 4);
  return Buffer.concat([version, check, rest]).toString('base64url');
}

describe('twins', () => {
  let api: TestApi;
  const clock = new FakeClock(Date.now());
  beforeAll(async () => {
    // The clock stands still for the api, so that it asks for each key once.
    api = await TestApi.start({ cuttable: true, clock });
  });
  afterAll(() => api.stop());

  const routes = () => api.routes.routes.filter(({ method, allow }) => method !== 'HEAD' && allow !== undefined);
  const routesWith = (decision: Decision, permission: string) =>
    routes().filter(
      ({ method, url, allow }) => DECISIONS[`${method} ${url}`]?.includes(decision) && allow?.includes(permission),
    );
  const kindOf = (url: string) => KINDS.find(([part]) => url.includes(part))!;
  const owned = (of: Furnished, url: string) => of.ids.find((id) => kindOf(url)[2].test(id))!;

  /** What is asked for by id belongs to the subscriber whose tokens ask too. */
  async function furnishAcme(): Promise<Furnished> {
    const all = await furnish(api, 'ours');
    const ids = all.ids.filter((id) => id.startsWith('key_'));
    for (const list of ['endpoints', 'events', 'deliveries']) {
      const { body } = await api.expect(200, 'GET', `/v1/${list}?order=asc`, { key: all.keys.read });
      ids.push(...body.data.map(({ id }) => id));
    }
    return { ...all, ids };
  }

  it('are told apart by a decision for every route of the router', () => {
    expect(Object.keys(DECISIONS).sort()).toEqual(
      routes()
        .map(({ method, url }) => `${method} ${url}`)
        .sort(),
    );
    for (const { method, url } of routes()) {
      const decided = DECISIONS[`${method} ${url}`];
      expect(decided).not.toEqual([]);
      if (/:(id|subscriber)\b/.test(url)) expect(decided).toContain('names');
      if (method === 'GET' && url.startsWith('/v1')) expect(decided).toContain('reads');
    }
  });

  /** Everything that this key can read, as text. When a key was last used goes on by itself. */
  async function readEverything(of: Furnished, key: string, permission: string): Promise<Record<string, string>> {
    const read: Record<string, string> = {};
    for (const { url } of routesWith('reads', permission)) {
      const path = url.replace(':subscriber', 'acme').replace(':id', owned(of, url)).replace(':name', 'order.placed');
      const first = await api.call('GET', path, { key });
      const isList = Array.isArray(first.body.data);
      const queries = isList ? [...FILTERS, ...(OWN_FILTERS[url] ?? [])] : [''];
      for (const query of queries)
        read[`${path}?${query}`] = (await api.expect(200, 'GET', `${path}?${query}`, { key })).text;
      if (isList) read[`${path} page by page`] = (await pages(path, key)).join('\n');
    }
    return Object.fromEntries(
      Object.entries(read).map(([name, text]) => [name, text.replaceAll(/"lastUsedAt":("[^"]*"|null)/g, '')]),
    );
  }

  async function pages(path: string, key: string): Promise<string[]> {
    const texts = [];
    let cursor = '';
    do {
      const { text, body } = await api.expect(200, 'GET', `${path}?limit=1${cursor}`, { key });
      texts.push(text);
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
    } while (cursor !== '');
    return texts;
  }

  async function rowsOf(tenantId: string): Promise<number> {
    const [row] = await api.database.query<{ rows: number }>(
      'SELECT count(*)::int AS rows FROM deliveries WHERE tenant_id = $1',
      [tenantId],
    );
    return row?.rows ?? 0;
  }

  const bodyFor = (method: string, url: string): Pick<CallOptions, 'body'> => {
    if (method === 'GET' || method === 'DELETE') return {};
    if (url.endsWith('/tokens')) return { body: { name: 'x', scope: 'read' } };
    return { body: /endpoints(\/:uid)?$/.test(url) ? { url: 'https://acme.example/' } : {} };
  };

  /** The answer without what differs at every request, and what was asked of the database for it. */
  async function costOf(method: string, url: string, options: CallOptions): Promise<[Partial<Answer>, string[]]> {
    api.statements();
    const { status, text } = await api.call(method, url, options);
    return [{ status, text: text.replaceAll(/req_\w{26}/g, 'req_') }, api.statements().filter((sql) => sql !== WATCH)];
  }

  async function expectTheSame(
    method: string,
    urls: readonly [string, string],
    options: CallOptions,
  ): Promise<Partial<Answer>> {
    for (const url of urls) await api.call(method, url, options); // what is prepared once is prepared now
    const [foreign, unknown] = [await costOf(method, urls[0], options), await costOf(method, urls[1], options)];
    expect([method, urls[0], ...foreign]).toEqual([method, urls[0], ...unknown]);
    return foreign[0];
  }

  /** The twin of an id, and an id of the same time that nobody has. */
  function twinAndNobody(kind: IdKind, id: string): [string, string] {
    const uuid = decodeId(kind, id)!;
    return [encodeId(kind, twinOf(uuid)), encodeId(kind, `${uuid.slice(0, -12)}000000000000`)];
  }

  /** A key in use since a while, so that nothing about it is asked or written any more. */
  async function settle(key: string): Promise<void> {
    await api.expect(200, 'GET', '/v1/me', { key });
    const last4 = key.slice(-4);
    let used: unknown[] = [];
    while (used.length === 0)
      used = await api.database.query('SELECT 1 FROM api_keys WHERE last4 = $1 AND last_used_at IS NOT NULL', [last4]);
  }

  async function expectNamesNothing(of: Furnished, key: string, permission: string, subscriber: string): Promise<void> {
    await settle(key);
    const [twinSubscriber, nobody] = twinAndNobody('subscriber', subscriber);
    const named = routesWith('names', permission);
    expect(named.length).toBeGreaterThan(10);
    for (const { method, url } of named) {
      const [, kind] = kindOf(url);
      const own = url.includes('/tokens/') ? of.keyIds[2]! : owned(of, url);
      const [twin, none] = twinAndNobody(kind, own);
      const fill = (whose: string, id: string) =>
        url.replace(':subscriber', whose).replace(':id', id).replace(':uid', 'orders');
      const options = { key, ...bodyFor(method, url) };
      const answer = await expectTheSame(method, [fill(twinSubscriber, twin), fill(nobody, none)], options);
      expect([method, url, answer.status]).toEqual([method, url, 404]);
    }
    for (const list of ['events', 'deliveries', 'endpoints'])
      await expectTheSame('GET', [`/v1/${list}?subscriber=${twinSubscriber}`, `/v1/${list}?subscriber=${nobody}`], {
        key,
      });
    for (const [name, kind] of [
      ['event', 'event'],
      ['endpoint', 'endpoint'],
    ] as const) {
      const [twin, none] = twinAndNobody(kind, owned(of, `/${name}s`));
      const answer = await expectTheSame('GET', [`/v1/deliveries?${name}=${twin}`, `/v1/deliveries?${name}=${none}`], {
        key,
      });
      expect(answer.text).toBe('{"data":[],"nextCursor":null}');
    }
  }

  async function expectCursorsRefused(lists: readonly string[], foreignKey: string, key: string): Promise<void> {
    for (const list of lists) {
      const { nextCursor } = (await api.expect(200, 'GET', `/v1/${list}?limit=1`, { key: foreignKey })).body;
      const answer = await api.call('GET', `/v1/${list}?limit=1&cursor=${nextCursor}`, { key });
      expect([list, answer.status, answer.body.code]).toEqual([list, 400, 'cursor_mismatch']);
    }
  }

  describe('two tenants with the same of everything', () => {
    let own: Furnished;
    let twinKey: string;
    let twinId: string;
    const before: Record<string, Record<string, string>> = {};
    const callers = () =>
      [
        ['tenant', own.keys.tenant],
        ['subscriber:manage', own.keys.manage],
        ['subscriber:read', own.keys.read],
      ] as const;
    beforeAll(async () => {
      own = await furnishAcme();
      for (const [permission, key] of callers()) before[permission] = await readEverything(own, key, permission);
      ({ id: twinId } = await addTwinTenant(api.database, own.tenant.id));
      twinKey = await api.addKey(twinId, { role: 'tenant' });
      expect(await rowsOf(twinId)).toBe(await rowsOf(own.tenant.id));
    });

    it('read, count, filter and page as if the other were not there', async () => {
      for (const [permission, key] of callers())
        expect(await readEverything(own, key, permission)).toEqual(before[permission]);
    });

    it('an id of the other gets the answer of an id that nobody has, for the same statements', async () => {
      await expectNamesNothing(own, own.keys.tenant, 'tenant', own.keyIds[4]!);
      expect(await rowsOf(twinId)).toBe(await rowsOf(own.tenant.id));
    });

    it('a cursor of the other is refused', async () => {
      await expectCursorsRefused(['subscribers', 'endpoints', 'events', 'deliveries'], twinKey, own.keys.tenant);
    });

    it('a cursor made by hand opens nothing of the other, and goes nowhere but to an id', async () => {
      for (const list of ['subscribers', 'endpoints', 'events', 'deliveries']) {
        const get = (more: string) => api.call('GET', `/v1/${list}?limit=1&order=asc${more}`, { key: own.keys.tenant });
        const { nextCursor, data } = (await get('')).body;
        const whole = (await api.expect(200, 'GET', `/v1/${list}?order=asc`, { key: own.keys.tenant })).body.data;
        const kind = (['subscriber', 'endpoint', 'event', 'delivery'] as const).find((one) =>
          data[0]!.id.startsWith(PREFIX[one]),
        )!;
        const twin = twinOf(decodeId(kind, data[0]!.id)!);
        const { status, body } = await get(`&cursor=${forge(nextCursor!, twin)}`);
        expect([list, status]).toEqual([list, 200]);
        for (const { id } of body.data) expect(whole.map((one) => one.id)).toContain(id);
        for (const position of ["' OR '1'='1", 'a\0b', '1', twin.toUpperCase(), `${twin} `, `{${twin}}`]) {
          const refused = await get(`&cursor=${forge(nextCursor!, position)}`);
          expect([list, position, refused.status, refused.body.code]).toEqual([list, position, 400, 'cursor_invalid']);
        }
      }
    });

    it('names and keys that the other uses are free', async () => {
      const third = await api.addTenant();
      const make = async (method: string, url: string, body: object) => {
        const options = { key: third.key, body, headers: method === 'POST' ? { 'idempotency-key': 'k-0' } : {} };
        const answer = await api.call(method, `/v1/${url}`, options);
        expect([url, answer.status < 300, answer.headers['idempotency-replayed']]).toEqual([url, true, undefined]);
        expect(own.ids).not.toContain(answer.body.id);
      };
      await make('POST', 'subscribers', { uid: 'acme', name: 'ours' });
      await make('POST', 'subscribers/acme/endpoints', { uid: 'orders', url: 'https://ours.example/hooks' });
      await make('POST', 'subscribers/acme/tokens', { scope: 'manage', name: 'ours' });
      await make('POST', 'keys', { role: 'publisher', name: 'ours' });
      await make('POST', 'event-types', { name: 'order.placed' });
      await make('PUT', 'event-types/order.placed', {});
      const event = { subscriber: 'acme', type: 'order.placed', data: { mark: 'ours' } };
      await make('POST', 'events', event);
      await make('POST', 'events/batch', { events: [event] });
      await api.expect(204, 'DELETE', '/v1/event-types/order.placed', { key: third.key });
      await api.expect(200, 'GET', '/v1/event-types/order.placed', { key: own.keys.tenant });
    });

    it('a recipient of the other is one that does not exist, for the same statements', async () => {
      const [twin, none] = twinAndNobody('subscriber', own.keyIds[4]!);
      const publish = (subscriber: string) =>
        costOf('POST', '/v1/events', { key: own.keys.tenant, body: { subscriber, type: 'order.placed', data: 1 } });
      await publish(twin);
      const [foreign, unknown] = [await publish(twin), await publish(none)];
      expect(foreign).toEqual(unknown);
      expect([foreign[0].status, foreign[0].text]).toEqual([422, expect.stringContaining('subscriber_not_found')]);
    });
  });

  describe('two subscribers of one tenant with the same of everything and a broadcast between them', () => {
    let own: Furnished;
    const before: Record<string, Record<string, string>> = {};
    const callers = () =>
      [
        ['subscriber:manage', own.keys.manage],
        ['subscriber:read', own.keys.read],
      ] as const;
    const acme = () => own.keyIds[4]!;
    beforeAll(async () => {
      own = await furnishAcme();
      for (const [permission, key] of callers()) before[permission] = await readEverything(own, key, permission);
      await addTwinSubscriber(api.database, own.tenant.id, decodeId('subscriber', acme())!);
    });

    it('read, count, filter and page as if the other were not there', async () => {
      for (const [permission, key] of callers())
        expect(await readEverything(own, key, permission)).toEqual(before[permission]);
    });

    it('count of a broadcast what went to themselves', async () => {
      const list = (key: string) => api.expect(200, 'GET', '/v1/events?limit=1', { key });
      const [mine] = (await list(own.keys.read)).body.data;
      const [all] = (await api.expect(200, 'GET', `/v1/deliveries?event=${mine!.id}`, { key: own.keys.tenant })).body
        .data;
      expect([mine!.broadcast, mine!.deliveries, mine!.deliveryStates.pending]).toEqual([true, 1, 1]);
      const [counted] = (await list(own.keys.tenant)).body.data;
      expect([counted!.id, counted!.deliveryStates.pending, all!.eventId]).toEqual([mine!.id, 3, mine!.id]);
    });

    it('an id of the other gets the answer of an id that nobody has, for the same statements', async () => {
      await expectNamesNothing(own, own.keys.manage, 'subscriber:manage', acme());
    });

    it('a cursor of the other is refused', async () => {
      const twinKey = await api.addKey(own.tenant.id, {
        role: 'subscriber',
        scope: 'read',
        subscriberId: twinOf(decodeId('subscriber', acme())!),
      });
      await api.expect(201, 'POST', '/v1/subscribers/acme-twin/endpoints', {
        key: own.keys.tenant,
        body: { url: 'https://ours.example/' },
      });
      await expectCursorsRefused(['endpoints', 'events', 'deliveries'], twinKey, own.keys.read);
    });
  });
});
