import { DAY, decodeId, encodeId, HOUR, MINUTE, newUuid, SECOND } from '#core';
import type { StoredFlow } from '#core';
import { sampleArrivals, scanBacklog } from '#persistence';
import { TestApi, unknownId } from '../api/api.js';
import type { TestTenant } from '../api/api.js';

const FIELDS = [
  'endpointId',
  'flow',
  'window',
  'concurrency',
  'inFlight',
  'backlog',
  'oldestDueAt',
  'blockedBy',
  'arrivalPerSecond',
  'drainPerSecond',
  'drainSeconds',
  'capBelowArrivalRate',
  'willExpire',
  'lastSuccessAt',
  'failingSince',
  'disablesAt',
];
const REST = {
  flow: { state: 'idle', reason: null, since: null, until: null },
  window: 2,
  concurrency: 10,
  inFlight: 0,
  backlog: 0,
  oldestDueAt: null,
  blockedBy: null,
  arrivalPerSecond: 0,
  drainPerSecond: 0,
  drainSeconds: 0,
  capBelowArrivalRate: false,
  willExpire: 0,
  lastSuccessAt: null,
  failingSince: null,
  disablesAt: null,
};

interface Row {
  /** When it was made; outside the minute in which arrivals count, unless told. */
  madeAt?: number;
  nextAt?: number;
  deadline?: number;
  trigger?: string;
  state?: string;
}
interface Lane {
  flow?: StoredFlow;
  leaseUntil?: number;
  pausedUntil?: number;
  pauseReason?: string;
}

describe('the health of an endpoint', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let now: number;
  beforeAll(async () => {
    api = await TestApi.start();
  });
  beforeEach(async () => {
    tenant = await api.addTenant();
    await api.addSubscriber(tenant, 'acme');
    now = Date.now();
  });
  afterAll(() => api.stop());

  const iso = (ms: number) => new Date(ms).toISOString();
  const uuid = (id: string) => decodeId('endpoint', id) ?? '';

  async function endpoint(more: object = {}): Promise<string> {
    return (await api.addEndpoint(tenant, 'acme', more)).id;
  }

  async function health(id: string) {
    const { body } = await api.expect(200, 'GET', `/v1/endpoints/${id}/health`, { key: tenant.key });
    return body as unknown as typeof REST & { endpointId: string };
  }

  /** Answers with the ids, as the API writes them. */
  async function pending(endpointId: string, rows: Row[]): Promise<string[]> {
    const made = rows.map((row) => {
      const madeAt = row.madeAt ?? now - 2 * MINUTE;
      return {
        id: newUuid(madeAt),
        nextAt: madeAt,
        deadline: madeAt + 72 * HOUR,
        trigger: 'initial',
        state: 'pending',
        ...row,
      };
    });
    await api.database.query(
      `INSERT INTO deliveries (id, tenant_id, endpoint_id, event_id, next_at, deadline, trigger, state, bytes)
       SELECT id, $1, $2, gen_random_uuid(), to_timestamp("nextAt" / 1000), to_timestamp(deadline / 1000), trigger, state, 2
       FROM jsonb_to_recordset($3::jsonb)
         AS row (id uuid, "nextAt" float8, deadline float8, trigger attempt_trigger, state delivery_state)`,
      [tenant.id, uuid(endpointId), JSON.stringify(made)],
    );
    return made.map(({ id }) => encodeId('delivery', id));
  }

  async function lane(endpointId: string, { flow, leaseUntil, pausedUntil, pauseReason }: Lane): Promise<void> {
    const date = (ms: number | undefined) => (ms === undefined ? null : new Date(ms));
    await api.database.query(
      `INSERT INTO lanes (endpoint_id, tenant_id, holder, lease_until, paused_until, pause_reason, flow) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        uuid(endpointId),
        tenant.id,
        leaseUntil === undefined ? null : newUuid(now),
        date(leaseUntil),
        date(pausedUntil),
        pauseReason ?? null,
        flow === undefined ? null : JSON.stringify(flow),
      ],
    );
  }

  async function attempt(deliveryId: string, startedAt: number, retryAfterUntil: number | null): Promise<void> {
    await api.database.query(
      `INSERT INTO attempts (delivery_id, number, trigger, started_at, duration_ms, url, error, retry_after_until)
       VALUES ($1, 1, 'initial', $2, 250, 'https://acme.example/', 'http_status', $3)`,
      [
        decodeId('delivery', deliveryId),
        new Date(startedAt),
        retryAfterUntil === null ? null : new Date(retryAfterUntil),
      ],
    );
  }

  const change = (id: string, columns: string, ...values: unknown[]) =>
    api.database.query(`UPDATE endpoints SET ${columns} WHERE id = $1`, [uuid(id), ...values]);

  it('has every field, in one order, also when nothing was ever sent', async () => {
    const id = await endpoint();
    const answer = await health(id);
    expect(answer).toEqual({ endpointId: id, ...REST });
    expect(Object.keys(answer)).toEqual(FIELDS);
    expect(Object.keys(answer.flow)).toEqual(['state', 'reason', 'since', 'until']);
  });

  describe('says that it is', () => {
    it('sending, with what is in flight and how fast it goes', async () => {
      const id = await endpoint();
      await pending(id, [{ madeAt: now - 5 * MINUTE }, ...Array<Row>(29).fill({ madeAt: now - 30 * SECOND })]);
      const counts = { since: now, attempts: [60], losses: [], fruitless: [60], settled: Array<number>(10).fill(54) };
      const failures = { lastSuccessAt: now - 100, failures: 0, firstFailureAt: null, lastFailureAt: null };
      await lane(id, {
        leaseUntil: now + HOUR,
        flow: { at: now, window: { size: 8, threshold: null }, counts, failures, inFlight: 3 },
      });
      expect(await health(id)).toEqual({
        endpointId: id,
        ...REST,
        flow: { state: 'sending', reason: null, since: null, until: null },
        window: 8,
        inFlight: 3,
        backlog: 30,
        oldestDueAt: iso(now - 5 * MINUTE),
        arrivalPerSecond: 0.483, // 29 in 60 s
        drainPerSecond: 10, // 540 in nine parts of 6 s
        drainSeconds: 4, // 30 / 9.517
        lastSuccessAt: iso(now - 100),
      });
    });

    it('idle once the lease is over, whatever was in flight then', async () => {
      const id = await endpoint();
      await pending(id, [{}]);
      const counts = { since: now - 3 * MINUTE, attempts: [], losses: [], fruitless: [], settled: [100] };
      await lane(id, { leaseUntil: now - 1, flow: { at: now - 3 * MINUTE, counts, inFlight: 3 } });
      expect(await health(id)).toMatchObject({
        flow: { state: 'idle' },
        inFlight: 0,
        drainPerSecond: 0,
        drainSeconds: null,
      });
    });

    it('slowed after losses', async () => {
      const id = await endpoint();
      await pending(id, [{}]);
      await lane(id, {
        leaseUntil: now + HOUR,
        flow: { at: now, window: { size: 4, threshold: 4 }, lossStreak: 2, inFlight: 1 },
      });
      expect(await health(id)).toMatchObject({
        flow: { state: 'slowed', reason: 'losses', since: null, until: null },
        window: 4,
        inFlight: 1,
      });
    });

    it('waiting as it asked, since the answer that asked for it', async () => {
      const id = await endpoint();
      const until = now + 20 * SECOND;
      const [, told] = await pending(id, [{}, { nextAt: until }]);
      await attempt(told!, now - 10 * SECOND, until);
      await lane(id, { flow: { at: now, retryAfter: until }, pausedUntil: until, pauseReason: 'retry_after' });
      expect(await health(id)).toMatchObject({
        flow: { state: 'waiting', reason: 'retry_after', since: iso(now - 9_750), until: iso(until) },
        backlog: 2,
        oldestDueAt: iso(now - 2 * MINUTE),
        drainSeconds: null,
      });
    });

    it('waiting for its head, and which one that is', async () => {
      const id = await endpoint({ ordering: 'fifo' });
      const until = now + 20 * SECOND;
      // The head was made last: the lane goes by the time a delivery is scheduled for.
      const [, head] = await pending(id, [{ nextAt: now - 1_000 }, { madeAt: now - MINUTE - 1, nextAt: now - 2_000 }]);
      await attempt(head!, now - 2_000, null);
      await lane(id, { flow: { at: now, order: until }, pausedUntil: until, pauseReason: 'order' });
      expect(await health(id)).toMatchObject({
        flow: { state: 'waiting', reason: 'order', since: iso(now - 1_750), until: iso(until) },
        window: 1,
        concurrency: 10,
        blockedBy: head,
      });
    });

    it('waiting for its rate limit', async () => {
      const id = await endpoint({ rateLimit: { perSecond: 0.01 } });
      await pending(id, [{}]);
      await lane(id, { flow: { at: now, nextToken: now + 90 * SECOND } });
      expect((await health(id)).flow).toEqual({
        state: 'waiting',
        reason: 'rate_limit',
        since: null,
        until: iso(now + 90 * SECOND),
      });
    });

    it('open, since the breaker opened first', async () => {
      const id = await endpoint();
      const [since, until] = [now - 10 * MINUTE, now + MINUTE];
      await lane(id, {
        flow: { at: now, breaker: { reason: 'rejecting', since, until, openings: 3, closedAt: null } },
        pausedUntil: until,
        pauseReason: 'breaker',
      });
      expect(await health(id)).toMatchObject({
        flow: { state: 'open', reason: 'rejecting', since: iso(since), until: iso(until) },
        window: 1,
      });
    });

    it('probing when that time is over, or somebody has resumed it', async () => {
      const [since, breaker] = [now - 10 * MINUTE, { reason: 'failing', openings: 1, closedAt: null } as const];
      const probing = { state: 'probing', reason: 'failing', since: iso(since), until: null };
      const over = await endpoint();
      await lane(over, { flow: { at: now, breaker: { ...breaker, since, until: now - 1 } } });
      expect((await health(over)).flow).toEqual(probing);
      const resumed = await endpoint();
      const until = now + HOUR;
      await lane(resumed, {
        flow: { at: now - MINUTE, breaker: { ...breaker, since, until }, retryAfter: until },
        pausedUntil: until,
        pauseReason: 'retry_after',
      });
      await change(resumed, 'resumed_at = $2', new Date(now));
      expect((await health(resumed)).flow).toEqual(probing);
    });

    it('stopped, whatever else holds it', async () => {
      const id = await endpoint();
      await pending(id, [{}, { nextAt: now + HOUR }]);
      await lane(id, {
        flow: { at: now, retryAfter: now + HOUR },
        pausedUntil: now + HOUR,
        pauseReason: 'retry_after',
      });
      const paused = await api.expect(200, 'POST', `/v1/endpoints/${id}/pause`, { key: tenant.key, body: {} });
      expect(await health(id)).toMatchObject({
        flow: { state: 'stopped', reason: 'paused_by_tenant', since: paused.body.stateSince, until: null },
        willExpire: 2,
        drainSeconds: null,
      });
      await change(id, `state = 'disabled', state_reason = 'gone'`);
      expect((await health(id)).flow).toMatchObject({ state: 'stopped', reason: 'gone' });
    });
  });

  describe('arrivals', () => {
    it('are what publishing made within the minute', async () => {
      const id = await endpoint();
      const fresh = { madeAt: now - 10 * SECOND };
      await pending(id, [
        ...Array<Row>(15).fill(fresh),
        ...Array<Row>(15).fill({ ...fresh, state: 'delivered' }),
        ...['replay', 'resend', 'test'].map((trigger) => ({ ...fresh, trigger })),
        { madeAt: now - 61 * SECOND },
      ]);
      expect(await health(id)).toMatchObject({ arrivalPerSecond: 0.5, backlog: 18 });
    });

    it('are the rate of the newest when there are more than are looked at', async () => {
      const id = uuid(await endpoint());
      await api.database.query(
        `INSERT INTO deliveries (id, tenant_id, endpoint_id, event_id, next_at, deadline, bytes)
         SELECT (lpad(to_hex($3::bigint - n), 12, '0') || right(replace(gen_random_uuid()::text, '-', ''), 20))::uuid, $1, $2, gen_random_uuid(), now(), now(), 2
         FROM generate_series(1, 12000) n`,
        [tenant.id, id, now],
      );
      expect(await sampleArrivals(api.database, id, now, MINUTE)).toBe(1_000); // the newest 10,000, one a millisecond
      expect(await sampleArrivals(api.database, id, now - 9_500, MINUTE)).toBe(10_000); // within half a second: one batch is no stream
      expect(await sampleArrivals(api.database, id, now, 5 * SECOND)).toBe(1_000); // 5,000 within it: all are counted
    });
  });

  describe('what will expire', () => {
    const at = (deadlines: number[]): Row[] => deadlines.map((seconds) => ({ deadline: now + seconds * SECOND }));
    const counts = (settled: number) => ({ since: now, attempts: [], losses: [], fruitless: [], settled: [settled] });

    it('gives up before its turn, at the pace of the last minute', async () => {
      const id = await endpoint();
      // One every 100 s: turns after 0, 100, 200, 300 and 400 s.
      await pending(id, at([50, 50, 250, 250, 1_000]));
      await lane(id, { leaseUntil: now + HOUR, flow: { at: now, counts: counts(0.54) } });
      expect(await health(id)).toMatchObject({ drainPerSecond: 0.01, drainSeconds: 500, willExpire: 2 });
    });

    it('gives up before the wait is over, whatever comes after it when no pace is known', async () => {
      const id = await endpoint();
      await pending(id, at([50, 150, 150, 150]));
      await lane(id, { flow: { at: now, retryAfter: now + 100 * SECOND } });
      expect(await health(id)).toMatchObject({ drainPerSecond: 0, drainSeconds: null, willExpire: 1 });
    });

    it('gives up before it is tried again', async () => {
      const id = await endpoint();
      await pending(id, [
        { nextAt: now + 100 * SECOND, deadline: now + 99 * SECOND },
        { nextAt: now + 100 * SECOND, deadline: now + 100 * SECOND },
      ]);
      expect(await health(id)).toMatchObject({ willExpire: 1, oldestDueAt: null, backlog: 2 });
    });

    it('is everything at a stopped endpoint, tests aside', async () => {
      const id = await endpoint();
      await pending(id, [{}, {}, { trigger: 'test' }]);
      await change(id, `state = 'paused'`);
      expect(await health(id)).toMatchObject({ willExpire: 2, backlog: 2 });
    });

    it('goes by place in the lane’s order', async () => {
      const id = await endpoint();
      await pending(id, [
        { nextAt: now - 1, deadline: now + 50_000 },
        { nextAt: now - 3, deadline: now + 50_000 },
        { nextAt: now - 2, deadline: now + 150_000 },
      ]);
      const ids = { oldest: newUuid(now - 4 * HOUR), newest: newUuid(now + HOUR) };
      const question = { endpointId: uuid(id), now, turnsBeginAt: now, secondsApart: 100 };
      expect(await scanBacklog(api.database, question, ids)).toEqual({
        pending: 3,
        due: 3,
        oldestDueAt: now - 3,
        willExpire: 1,
      });
    });
  });

  it('knows a limit that is below what arrives', async () => {
    const id = await endpoint({ concurrency: 2 });
    await pending(id, Array<Row>(30).fill({ madeAt: now - 10 * SECOND }));
    const counts = { since: now, attempts: [], losses: [], fruitless: [], settled: [5.4] };
    await lane(id, { leaseUntil: now + HOUR, flow: { at: now, counts, inFlight: 2 } });
    expect(await health(id)).toMatchObject({
      window: 2,
      arrivalPerSecond: 0.5,
      drainPerSecond: 0.1,
      drainSeconds: null,
      capBelowArrivalRate: true,
    });
    await change(id, 'concurrency = 3');
    expect(await health(id)).toMatchObject({ window: 2, capBelowArrivalRate: false });
  });

  describe('of one that fails', () => {
    const failing = { lastSuccessAt: null, failures: 10, lastFailureAt: null };

    it('says since when, and when it would be disabled', async () => {
      const id = await endpoint();
      await change(id, 'created_at = $2', new Date(now - 4 * DAY));
      const firstFailureAt = now - 3 * DAY;
      await lane(id, { flow: { at: now, failures: { ...failing, firstFailureAt } } });
      const answer = { lastSuccessAt: null, failingSince: iso(firstFailureAt), disablesAt: iso(now + DAY) };
      expect(await health(id)).toMatchObject(answer);
      await change(id, `moved_at = $2`, new Date(now - 3.5 * DAY));
      expect(await health(id)).toMatchObject({ failingSince: null, disablesAt: null }); // that was at another address
    });

    it('begins to count at the last success', async () => {
      const id = await endpoint();
      await change(id, 'created_at = $2', new Date(now - 9 * DAY));
      const failures = { ...failing, lastSuccessAt: now - 2 * DAY, firstFailureAt: now - DAY };
      await lane(id, { flow: { at: now, failures } });
      expect(await health(id)).toMatchObject({
        lastSuccessAt: iso(now - 2 * DAY),
        failingSince: iso(now - DAY),
        disablesAt: iso(now + 3 * DAY),
      });
      for (const state of ['paused', 'disabled']) {
        await change(id, 'state = $2', state);
        expect(await health(id)).toMatchObject({ failingSince: iso(now - DAY), disablesAt: null });
      }
    });

    it('names no time after too few failures', async () => {
      const id = await endpoint();
      await lane(id, { flow: { at: now, failures: { ...failing, failures: 9, firstFailureAt: now - DAY } } });
      expect(await health(id)).toMatchObject({ failingSince: iso(now - DAY), disablesAt: null });
    });
  });

  describe('is shown to', () => {
    const token = async (subscriber: string, scope: string) =>
      (
        await api.expect(201, 'POST', `/v1/subscribers/${subscriber}/tokens`, {
          key: tenant.key,
          body: { name: 't', scope },
        })
      ).body.key;
    const ask = (id: string, key: string) => api.call('GET', `/v1/endpoints/${id}/health`, { key });

    it('its own subscriber, with either scope', async () => {
      const id = await endpoint();
      for (const scope of ['manage', 'read']) expect((await ask(id, await token('acme', scope))).status).toBe(200);
    });

    it('no publisher', async () => {
      const answer = await ask(await endpoint(), await api.addKey(tenant.id, { role: 'publisher' }));
      expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
    });

    it('nobody else: another subscriber and another tenant find nothing', async () => {
      const id = await endpoint();
      await api.addSubscriber(tenant, 'globex');
      for (const key of [await token('globex', 'read'), (await api.addTenant()).key])
        expect((await ask(id, key)).body.code).toBe('not_found');
      for (const other of [unknownId('endpoint'), 'ep_x', unknownId('subscriber')])
        expect((await ask(other, tenant.key)).status).toBe(404);
      await api.expect(204, 'DELETE', `/v1/endpoints/${id}`, { key: tenant.key });
      expect((await ask(id, tenant.key)).status).toBe(404);
    });
  });
});
