import { randomUUID } from 'node:crypto';
import { beatDispatcher, Database, removeDispatcher } from '#persistence';
import { createTestDatabase } from '#testing';
import type { TestDatabase } from '#testing';

describe('the beat of a dispatcher in Postgres', () => {
  let test: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    test = await createTestDatabase();
    database = await Database.open({ url: test.url, appName: 'share', poolSize: 5, statementTimeoutMs: 10_000 });
  });

  afterAll(async () => {
    await database.close();
    await test.drop();
  });

  beforeEach(() => database.query('DELETE FROM dispatchers'));

  const beat = (id: string, lanes = 0, busy = 0) => beatDispatcher(database, { id, lanes, busy });
  const rows = () => database.query<{ id: string; lanes: number }>('SELECT id, lanes FROM dispatchers ORDER BY lanes');
  /** As if it had been seen last so long ago. */
  const age = (id: string, seconds: number) =>
    database.query('UPDATE dispatchers SET seen_at = clock_timestamp() - make_interval(secs => $2) WHERE id = $1', [
      id,
      seconds,
    ]);

  it('counts itself at once, with what it says now', async () => {
    const id = randomUUID();
    expect(await beat(id, 7, 0.5)).toEqual({ live: 1, lanes: 7, leastBusy: null });
    expect(await beat(id, 9, 0.5)).toEqual({ live: 1, lanes: 9, leastBusy: null });
    expect(await rows()).toEqual([{ id, lanes: 9 }]);
  });

  it('answers the lanes of all and the least busy of the others', async () => {
    const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()];
    await beat(first, 10, 0.5);
    await beat(second, 20, 0.25);
    expect(await beat(third, 30, 0)).toEqual({ live: 3, lanes: 60, leastBusy: 0.25 });
    expect(await beat(second, 20, 0.25)).toEqual({ live: 3, lanes: 60, leastBusy: 0 });
  });

  it('counts nobody who was not seen for five seconds', async () => {
    const [gone, here] = [randomUUID(), randomUUID()];
    await beat(gone, 10);
    await age(gone, 4);
    expect(await beat(here)).toMatchObject({ live: 2, lanes: 10 });
    await age(gone, 5);
    expect(await beat(here)).toEqual({ live: 1, lanes: 0, leastBusy: null });
    expect(await beat(gone, 11)).toMatchObject({ live: 2, lanes: 11 });
  });

  it('forgets who was not seen for a minute, but never itself', async () => {
    const [gone, late] = [randomUUID(), randomUUID()];
    await beat(gone, 1);
    await beat(late, 2);
    await age(gone, 61);
    await age(late, 61);
    expect(await beat(late, 2)).toMatchObject({ live: 1 });
    expect(await rows()).toEqual([{ id: late, lanes: 2 }]);
  });

  it('does not wait for a row that somebody else is changing', async () => {
    const [gone, here] = [randomUUID(), randomUUID()];
    await beat(gone, 1);
    await age(gone, 61);
    await database.transaction(async () => {
      await database.query('SELECT id FROM dispatchers WHERE id = $1 FOR UPDATE', [gone]);
      expect(await beat(here, 2)).toMatchObject({ live: 1, lanes: 2 });
    });
  });

  it('is the same on the twentieth call on one connection, and with twenty beating at once', async () => {
    const ids = Array.from({ length: 20 }, () => randomUUID());
    for (let round = 0; round < 20; round++) {
      await Promise.all(ids.map((id) => beat(id, 5, 0.1)));
    }
    expect(await beat(ids[0]!, 5, 0.1)).toMatchObject({ live: 20, lanes: 100 });
  });

  it('ends with its row: the others count it no more', async () => {
    const [stopping, staying] = [randomUUID(), randomUUID()];
    await beat(stopping, 10);
    await removeDispatcher(database, stopping);
    await removeDispatcher(database, stopping);
    expect(await beat(staying, 3)).toEqual({ live: 1, lanes: 3, leastBusy: null });
  });
});
