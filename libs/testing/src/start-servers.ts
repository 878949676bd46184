import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VARIABLES, loadGroups, loadOptional } from '#config';
import { freePort, startGuarded, startPostgres } from '#embedded';

/** What is lost by a crash is a test database: speed instead of safety. */
const FAST = [
  ...['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'shared_buffers=256MB'],
  ...['max_connections=400', 'max_wal_size=2GB', 'autovacuum_naptime=10s'],
];
const TRAVERSABLE = 0o711;
/** So many that two spec files never draw the same. */
export const REDIS_DATABASES = 4096;

export interface StartedServer {
  url: string;
  ours: boolean;
  stop(): Promise<void>;
}

/** TEST_DATABASE_URL, else a Postgres in a fresh directory. */
export async function startTestPostgres(): Promise<StartedServer> {
  const given = loadGroups(['tests']).tests.databaseUrl;
  if (given !== null) return { url: given, ours: false, stop: () => Promise.resolve() };
  const home = await temporaryDirectory('postgres');
  const server = await startPostgres({
    dataDirectory: join(home, 'data'),
    preferredPort: 0,
    password: randomBytes(12).toString('hex'),
    settings: FAST,
    removeAfterwards: home,
  });
  return { url: server.url('postgres'), ours: true, stop: () => server.stop() };
}

/** REDIS_URL, else redis-server from the PATH, else null. */
export async function startTestRedis(): Promise<StartedServer | null> {
  const given = loadOptional(VARIABLES.queue.redisUrl);
  if (given !== null) return { url: given, ours: false, stop: () => Promise.resolve() };
  const home = await temporaryDirectory('redis');
  const port = await freePort();
  const settings = [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', home, '--databases', String(REDIS_DATABASES)],
    ...['--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'],
  ];
  try {
    const server = await startGuarded(
      { command: 'redis-server', args: settings, stopSignal: 'SIGTERM', account: null, removeAfterwards: home },
      (line) => line.includes('Ready to accept connections'),
    );
    return { url: `redis://127.0.0.1:${String(port)}`, ours: true, stop: () => server.stop() };
  } catch {
    return null; // not on the PATH: said where the suites are skipped
  }
}

async function temporaryDirectory(of: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `posthorn-test-${of}-`));
  await chmod(directory, TRAVERSABLE); // Postgres may run as another user
  return directory;
}
