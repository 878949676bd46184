import { randomBytes, randomInt } from 'node:crypto';
import { REDIS_DATABASES } from './start-servers.js';
import { testServers } from './test-servers.js';

/** What a suite passes on as the group `queue` of its configuration. */
export interface TestBackend {
  readonly kind: 'postgres' | 'redis';
  /** Null on Postgres: the queue lives in the test database. */
  readonly redisUrl: string | null;
  readonly prefix: string;
}

/**
 * Runs a suite on both backends of the queue. Each call has keys of its own on Redis, and a database of its own when the Redis is ours, so
 * that a suite may flush it. Without a Redis its half is registered as skipped, so that it is counted.
 */
export function describeEachBackend(name: string, suite: (backend: TestBackend) => void): void {
  describe(`${name} (queue on Postgres)`, () => {
    suite({ kind: 'postgres', redisUrl: null, prefix: 'posthorn' });
  });
  describeOnRedis(name, suite);
}

/** The same on Redis alone: for suites that take long. */
export function describeOnRedis(name: string, suite: (backend: TestBackend) => void): void {
  const title = `${name} (queue on Redis)`;
  const backend = redisBackend();
  if (backend) {
    describe(title, () => {
      suite(backend);
    });
    return;
  }
  sayOnce();
  describe.skip(title, () => {
    suite({ kind: 'redis', redisUrl: 'redis://127.0.0.1:1', prefix: 'none' });
  });
}

function redisBackend(): TestBackend | null {
  const { redisUrl, redisIsOurs } = testServers();
  if (redisUrl === null) return null;
  const url = new URL(redisUrl);
  if (redisIsOurs) url.pathname = `/${String(randomInt(1, REDIS_DATABASES))}`;
  return { kind: 'redis', redisUrl: url.href, prefix: `t${randomBytes(6).toString('hex')}` };
}

let said = false;

function sayOnce(): void {
  if (said) return;
  said = true;
  process.stderr.write(
    '\n*** No Redis: the suites that need it are SKIPPED. Install one (apt-get install redis-server) or set REDIS_URL. ***\n\n',
  );
}
