import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '#embedded';
import { Database } from '#persistence';

export interface BenchPostgres {
  readonly url: string;
  /** Of the postmaster, whose children are the rest. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** As it would run in production on a machine of this size: everything is safe, and a round is not cut by a checkpoint of the defaults. */
const SETTINGS = [
  ...['fsync=on', 'synchronous_commit=on', 'full_page_writes=on', 'autovacuum=on'],
  ...['shared_buffers=1GB', 'max_wal_size=4GB', 'checkpoint_timeout=15min', 'max_connections=100'],
];
/** Counts every statement; costs a little, so only a profiled run has it. */
const COUNTING = ['shared_preload_libraries=pg_stat_statements', 'track_io_timing=on'];
const DATABASE = 'bench';
const TRAVERSABLE = 0o711;

/** An empty Postgres in a directory that goes with it. */
export async function startBenchPostgres(counting: boolean): Promise<BenchPostgres> {
  const home = await mkdtemp(join(tmpdir(), 'posthorn-bench-postgres-'));
  await chmod(home, TRAVERSABLE); // Postgres may run as another user
  const dataDirectory = join(home, 'data');
  const server = await startPostgres({
    dataDirectory,
    preferredPort: 0,
    password: randomBytes(12).toString('hex'),
    settings: counting ? [...SETTINGS, ...COUNTING] : SETTINGS,
    removeAfterwards: home,
  });
  await createDatabase(server.url('postgres'));
  const lock = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8');
  return { url: server.url(DATABASE), pid: Number(lock.split('\n')[0]), stop: () => server.stop() };
}

async function createDatabase(url: string): Promise<void> {
  const database = await Database.open({ url, appName: 'posthorn-bench', poolSize: 1, statementTimeoutMs: 60_000 });
  try {
    await database.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await database.close();
  }
}
