import { DAY } from '#core';
import { Database, dropPartitions, ensurePartitions } from '#persistence';
import { createTestDatabase } from '#testing';
import type { TestDatabase } from '#testing';

describe('the days of events, deliveries and attempts', () => {
  let test: TestDatabase;
  let database: Database;
  const query = (sql: string, values?: unknown[]): Promise<unknown[]> => database.query(sql, values);

  const days = async (parent: string): Promise<string[]> => {
    const rows = await database.query<{ name: string }>(
      'SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = to_regclass($1) ORDER BY 1',
      [parent],
    );
    return rows.map(({ name }) => name.slice(parent.length + 1));
  };
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '');

  beforeAll(async () => {
    test = await createTestDatabase();
    database = await Database.open({ url: test.url, appName: 'partitions', poolSize: 2, statementTimeoutMs: 10_000 });
  });

  afterAll(async () => {
    await database.close();
    await test.drop();
  });

  it('are there from yesterday to a week ahead after migrating, and making them again changes nothing', async () => {
    const now = Date.now();
    await ensurePartitions(query, now);
    for (const parent of ['events', 'deliveries', 'attempts']) {
      const there = await days(parent);
      expect(there).toEqual(expect.arrayContaining([day(now - DAY), day(now), day(now + 7 * DAY)]));
      expect(there).toHaveLength(9);
    }
  });

  it('are attached with every index of their parent, valid', async () => {
    const [bad] = await database.query<{ n: number }>(`SELECT count(*)::int AS n FROM pg_index WHERE NOT indisvalid`);
    expect(bad?.n).toBe(0);
  });

  it('go when their retention has passed; younger ones stay', async () => {
    const past = Date.now() - 100 * DAY;
    await ensurePartitions(query, past);
    const before = (await days('deliveries')).length;
    expect(before).toBe(18);
    expect(await dropPartitions(query, past + 2 * DAY, 2)).toBe(3);
    expect(await days('deliveries')).not.toContain(day(past - DAY));
    expect(await days('deliveries')).toContain(day(past));
    // As if a process had ended between detaching and dropping.
    await query(`ALTER TABLE events DETACH PARTITION events_${day(past)}`);
    expect(await dropPartitions(query, Date.now(), 30)).toBe(3 * 8);
    expect(await days('deliveries')).toHaveLength(9);
    for (const parent of ['events', 'deliveries']) {
      expect(await query(`SELECT 1 FROM pg_class WHERE relname = $1`, [`${parent}_${day(past)}`])).toEqual([]);
    }
  });
});
