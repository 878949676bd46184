import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { childEnvironment } from '#config';
import { DAY, HOUR, MINUTE, uuidFloor } from '#core';
import { AccountHours } from '#delivery';
import {
  accountedHours,
  accountingSummary,
  accountSlice,
  beginHours,
  copyDelivery,
  Database,
  enterSlice,
  insertReplays,
  insertTest,
  openCount,
} from '#persistence';
import { addTenant, createTestDatabase, describeEachBackend, FakeClock, startReceiver } from '#testing';
import type { Receiver, TestDatabase } from '#testing';
import { Accounting } from '../../apps/dispatcher/src/timers/accounting.js';
import { AppProcess } from '../canary/app-process.js';
import { Fleet } from '../fleet/fleet.js';

const LIMITS = { retentionDays: 30, maxRetryWindowSeconds: (3 * DAY) / 1000 };
const always = (): boolean => true;

const TOTALS = `SELECT sum(events)::int AS events, sum(fan_out)::int AS "fanOut", sum(pending)::int AS pending,
  sum(delivered)::int AS delivered, sum(dead)::int AS dead, sum(cancelled)::int AS cancelled FROM accounted_hours WHERE closed_at IS NOT NULL AND final = $1`;

describeEachBackend('accounting', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;
  let app: AppProcess | null = null;

  beforeAll(async () => {
    receiver = await startReceiver();
    fleet = await Fleet.start(backend, { dispatchers: 1 });
  });

  afterAll(async () => {
    receiver.release();
    await app?.stop();
    await fleet.stop();
    await receiver.close();
  });

  const count = (now: number) => new AccountHours(fleet.database, LIMITS).count(now, always);
  const totals = async (final: boolean) => (await fleet.database.query(TOTALS, [final]))[0];
  const deliveryOf = async (endpointId: string): Promise<string> =>
    (
      await fleet.database.query<{ id: string }>('SELECT id FROM deliveries WHERE endpoint_id = $1 LIMIT 1', [
        endpointId,
      ])
    )[0]!.id;

  /** Nothing is missing of what was published here, whatever became of it. */
  const publishOfEveryKind = async (): Promise<string> => {
    receiver.answer('/gone', { status: 410 });
    receiver.answer('/busy', { status: 500 });
    const well = await fleet.endpoint(receiver.url('/well'));
    const gone = await fleet.endpoint(receiver.url('/gone'));
    const busy = await fleet.endpoint(receiver.url('/busy'), { retryInitialDelaySeconds: 3_600 });
    const deleted = await fleet.endpoint(receiver.url('/deleted'), { state: 'paused' });
    await fleet.publishTo(well.subscriberId, 20);
    for (const { subscriberId } of [gone, busy]) await fleet.publishTo(subscriberId, 1);
    await fleet.publishTo(deleted.subscriberId, 5);
    await fleet.publishTo(randomUUID(), 0);
    await fleet.change(deleted.id, 'deleted_at = clock_timestamp()');
    await fleet.database.query(
      `UPDATE deliveries SET state = 'cancelled', reason = 'endpoint_deleted', settled_at = now() WHERE endpoint_id = $1`,
      [deleted.id],
    );
    await insertTest(fleet.database, {
      tenantId: fleet.tenantId,
      endpointId: well.id,
      type: 'a',
      payload: Buffer.from('1'),
    });
    fleet.waker.wake([well.id]);
    await fleet.eventually(
      `SELECT 1 FROM deliveries HAVING count(*) FILTER (WHERE state = 'delivered') = 21 AND count(*) FILTER (WHERE state = 'dead') = 1
        AND count(*) FILTER (WHERE attempts = 1 AND state = 'pending') = 1`,
    );
    // Deliveries that no publish promised.
    await copyDelivery(fleet.database, await deliveryOf(well.id));
    await insertReplays(fleet.database, randomUUID(), [await deliveryOf(gone.id)]);
    return well.id;
  };

  it('balances whatever became of deliveries, counts nothing twice, and shows one that is lost', async () => {
    const wellId = await publishOfEveryKind();
    const now = Date.now();
    const expected = { events: 28, fanOut: 28, pending: 1, delivered: 21, dead: 1, cancelled: 5 };
    // Two processes at once, and once more.
    await Promise.all([count(now + 2 * HOUR), count(now + 2 * HOUR)]);
    await count(now + 2 * HOUR);
    expect(await totals(false)).toEqual(expected);
    expect(await accountingSummary(fleet.database)).toMatchObject({ difference: 0 });

    // Lost after its hour was counted: the count at the end of the retry window finds it.
    await fleet.database.query('DELETE FROM deliveries WHERE id = $1', [await deliveryOf(wellId)]);
    await count(now + 3 * DAY);
    expect(await totals(true)).toMatchObject({ events: null });
    await count(now + 5 * DAY);
    expect(await totals(true)).toEqual({ ...expected, delivered: 20 });
    const { difference, hours } = await accountingSummary(fleet.database);
    expect(difference).toBe(1);
    const books = await accountedHours(fleet.database);
    expect(books).toHaveLength(hours);
    expect(books.filter((hour) => hour.difference === 1)).toHaveLength(1);

    await says(
      books.filter((hour) => hour.difference === 1).map(({ hour }) => new Date(hour).toISOString().slice(0, 16)),
    );
  }, 60_000);

  /** The difference is in the metric of a dispatcher that did not count it, and in what an operator runs. */
  const says = async ([hour = '']: string[]): Promise<void> => {
    await fleet.database.query(`DELETE FROM chores WHERE name = 'accounting'`);
    app = AppProcess.run('dispatcher', { ...fleet.environment, DISPATCHER_PORT: '0' });
    const [, port = ''] = await app.says(/"port":(\d+),"holder":"[^"]+","msg":"holding lanes"/);
    await app.says(/The books differ by 1 deliveries/);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toContain('posthorn_accounting_difference{app="dispatcher"} 1\n');
    const { code, said } = await run();
    expect([code, said.split('\n').find((line) => line.includes(hour))]).toEqual([1, expect.stringMatching(/ 1$/)]);
  };

  const run = (): Promise<{ code: number; said: string }> =>
    new Promise((resolve) => {
      const env = childEnvironment({ ...fleet.environment });
      execFile(process.execPath, ['dist/apps/standalone/src/accounting.js'], { env }, (error, said) => {
        resolve({ code: Number(error?.code ?? 0), said });
      });
    });
});

describe('accounting for a busy hour', () => {
  const ROWS = 300_000;
  /** A broadcast: all of it within one millisecond. */
  const WIDE = 25_000;
  const from = Math.floor(Date.now() / HOUR) * HOUR;
  const now = from + HOUR + 10 * MINUTE;
  let test: TestDatabase;
  let database: Database;
  let tenantId: string;

  beforeAll(async () => {
    test = await createTestDatabase();
    database = await Database.open({ url: test.url, appName: 'accounting', poolSize: 2, statementTimeoutMs: 30_000 });
    tenantId = (await addTenant(database)).id;
    // What autovacuum does at the wrong moment.
    for (const table of ['events', 'deliveries']) await database.query(`ANALYZE ${table}`);
    await fill(ROWS, (n) => `${from} + (${n} * 3500000.0 / ${ROWS})::bigint`);
    await fill(WIDE, () => `${from} + 600000`);
  }, 120_000);

  afterAll(async () => {
    await database.close();
    await test.drop();
  });

  const fill = async (rows: number, at: (n: string) => string): Promise<void> => {
    await database.query(
      `WITH made AS (
         SELECT lpad(to_hex(${at('n')}), 12, '0') || '7000' || lpad(to_hex(32768 + n % 16384), 4, '0') AS stem FROM generate_series(1, ${rows}) n),
       stored AS (
         INSERT INTO events (id, tenant_id, type, envelope, payload, fan_out)
         SELECT (stem || right(gen_random_uuid()::text, 12))::uuid, $1, 'a', true, '1', 1 FROM made)
       INSERT INTO deliveries (id, tenant_id, endpoint_id, event_id, next_at, deadline, bytes)
       SELECT (stem || right(gen_random_uuid()::text, 12))::uuid, $1, gen_random_uuid(), gen_random_uuid(), now(), now(), 1 FROM made`,
      [tenantId],
    );
  };

  it('goes in slices of bounded time, takes up where it was interrupted, and is exact', async () => {
    const slices: number[] = [];
    let begun = performance.now();
    const timed = (): boolean => {
      slices.push(performance.now() - begun);
      begun = performance.now();
      return true;
    };
    let left = 4;
    await new AccountHours(database, LIMITS).count(now, () => left-- > 0);
    expect(await accountingSummary(database)).toMatchObject({ hours: 0 });
    begun = performance.now();
    await new AccountHours(database, LIMITS).count(now, timed);
    // Two asked before anything was counted: what counting costs begins with the third.
    expect(slices.length).toBeGreaterThan((ROWS + WIDE) / 20_000 - 5);
    expect(Math.max(...slices.slice(1))).toBeLessThan(1_500);
    const rows = await database.query(TOTALS, [false]);
    const all = { events: ROWS + WIDE, fanOut: ROWS + WIDE, pending: ROWS + WIDE, delivered: 0, dead: 0, cancelled: 0 };
    expect(rows).toEqual([all]);
  }, 60_000);

  it('enters a slice once, whichever of two processes that counted it comes first', async () => {
    await database.query('DELETE FROM accounted_hours');
    await beginHours(database, [from]);
    const count = await openCount(database);
    if (count === null) throw new Error('Nothing is to be counted');
    const slice = await accountSlice(database, count.countedTo, from + HOUR, 20_000);
    const both = await Promise.all([1, 2].map(() => enterSlice(database, count, slice, false)));
    expect(both.toSorted()).toEqual([false, true]);
    await new AccountHours(database, LIMITS).count(now, always);
    expect(await database.query(TOTALS, [false])).toEqual([expect.objectContaining({ events: ROWS + WIDE })]);
  }, 60_000);

  it('tells a loss once a turn, and every process knows of it', async () => {
    const clock = new FakeClock(now);
    await database.query('DELETE FROM accounted_hours');
    await database.query(`DELETE FROM deliveries WHERE id >= $1 AND id < $2`, [
      uuidFloor(from),
      uuidFloor(from + 1_000),
    ]);
    const accounting = new Accounting(database, clock, randomUUID(), new AccountHours(database, LIMITS));
    await expect(accounting.round()).rejects.toThrow(/^The books differ by \d+ deliveries/);
    expect(accounting.summary?.difference).toBeGreaterThan(0);
    // Not its turn: it knows, and does not say it again.
    await accounting.round();
    expect(accounting.summary?.difference).toBeGreaterThan(0);
  }, 60_000);
});
