import { HOUR, uuidFloor } from '#core';
import {
  Database,
  endpointHealth,
  listDeliveries,
  pauseBegan,
  plannedByIndex,
  sampleArrivals,
  scanBacklog,
} from '#persistence';
import { addEndpoint, addSubscriber, addTenant, createTestDatabase } from '#testing';
import type { TestDatabase } from '#testing';

/** What a page of deliveries and an endpoint's health read of a long lane comes by index, in its order, whatever the planner believes of it. */
describe('the plans of reading a lane', () => {
  const BACKLOG = 30_000;
  const now = Date.now();
  const ids = { oldest: uuidFloor(now - 48 * HOUR), newest: uuidFloor(now + HOUR) };
  let test: TestDatabase;
  let database: Database;
  let tenantId: string;
  let endpointId: string;

  beforeAll(async () => {
    test = await createTestDatabase();
    database = await Database.open({ url: test.url, appName: 'plans', poolSize: 1, statementTimeoutMs: 30_000 });
    tenantId = (await addTenant(database)).id;
    const { id: subscriberId } = await addSubscriber(database, tenantId);
    endpointId = (
      await addEndpoint(database, { tenantId, subscriberId, url: 'https://x.example/' }, { ordering: 'fifo' })
    ).id;
    await database.query('ANALYZE deliveries');
    // Two days' worth, a fifth of it waiting for a retry: the order of the lane is not that of the table.
    await database.query(
      `INSERT INTO deliveries (id, tenant_id, endpoint_id, event_id, next_at, deadline, bytes)
       SELECT (lpad(to_hex(ms), 12, '0') || right(replace(gen_random_uuid()::text, '-', ''), 20))::uuid, $1, $2, gen_random_uuid(),
              to_timestamp(ms / 1000.0) + CASE WHEN n % 5 = 0 THEN random() * interval '12 hours' ELSE interval '0' END,
              to_timestamp(ms / 1000.0) + interval '72 hours', 2
       FROM (SELECT n, ($3::float8 - n * 86400000.0 / $4::int)::bigint AS ms FROM generate_series(1, $4::int) n) made`,
      [tenantId, endpointId, now, BACKLOG],
    );
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await test.drop();
  });

  const reads: [string, (asked: Database) => Promise<unknown>][] = [
    ['the state of the lane', (asked) => endpointHealth(asked, endpointId)],
    ['the backlog', (asked) => scanBacklog(asked, { endpointId, now, turnsBeginAt: now, secondsApart: 1 }, ids)],
    ['the arrivals', (asked) => sampleArrivals(asked, endpointId, now, 48 * HOUR)],
    ['the beginning of a pause', (asked) => pauseBegan(asked, endpointId, now)],
  ];

  /** The plan of the one statement that `read` sends. */
  async function planOf(read: (asked: Database) => Promise<unknown>): Promise<string> {
    const explained: { 'QUERY PLAN': string }[] = [];
    const explaining = {
      query: async (sql: string, values: unknown[]) => {
        explained.push(...(await database.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`, values)));
        return [{}];
      },
    };
    await read(explaining as unknown as Database);
    return explained.map((line) => line['QUERY PLAN']).join('\n');
  }

  describe.each(['while it was empty', 'as it is'])('of a table analysed %s', (analysed) => {
    beforeAll(async () => {
      if (analysed === 'as it is') await database.query('ANALYZE deliveries');
    });

    it.each(reads)('%s', async (_name, read) => {
      const plan = await plannedByIndex(database, () => planOf(read));
      expect(plan).toContain('Index');
      expect(plan).not.toMatch(/Seq Scan on deliveries|Sort {2}\(/);
    });

    it('a page of deliveries, each with what is before it', async () => {
      const page = { limit: 250, order: 'desc', after: null, before: null, position: null } as const;
      const filter = {
        tenantId,
        endpointId,
        eventId: null,
        subscriberId: null,
        state: null,
        reason: null,
        type: null,
        replayId: null,
      };
      const plan = await planOf((asked) => listDeliveries(asked, filter, page));
      expect(plan).toMatch(/Scan using \S+ on deliveries_\d+ b_/);
      expect(plan).not.toMatch(/Seq Scan on deliveries_\d+ b(_|$)/m);
    });
  });

  it('counts all of it', async () => {
    const question = { endpointId, now: now + 24 * HOUR, turnsBeginAt: now, secondsApart: 1 };
    const counted = await plannedByIndex(database, () => scanBacklog(database, question, ids));
    expect(counted).toMatchObject({ pending: BACKLOG, due: BACKLOG });
  });
});
