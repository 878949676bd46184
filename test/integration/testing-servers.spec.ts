import { createTestDatabase, describeEachBackend, flushRedis } from '#testing';
import { Database } from '#persistence';

const open = (url: string): Promise<Database> =>
  Database.open({ url, appName: 'test', poolSize: 2, statementTimeoutMs: 10_000 });

describe('a test database', () => {
  it('is migrated, empty, and nobody else’s', async () => {
    const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    const [first, second] = await Promise.all([open(one.url), open(two.url)]);
    await first.query("INSERT INTO tenants (id, name) VALUES (gen_random_uuid(), 'only here')");
    expect(await first.query('SELECT name FROM tenants')).toEqual([{ name: 'only here' }]);
    expect(await second.query('SELECT name FROM tenants')).toEqual([]);
    await Promise.all([first.close(), second.close()]);
    await Promise.all([one.drop(), two.drop()]);
    await expect(open(one.url)).rejects.toThrow(/does not exist/);
  });
});

describeEachBackend('a queue backend for tests', (backend) => {
  it('answers', async () => {
    if (backend.redisUrl !== null) await flushRedis(backend.redisUrl);
    expect(backend.redisUrl === null).toBe(backend.kind === 'postgres');
  });
});
