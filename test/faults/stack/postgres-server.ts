import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '#embedded';
import type { RunningPostgres } from '#embedded';
import { Database } from '#persistence';

/** As in production: what is committed is on the disk. Few connections, so that they can run out. */
export const CONNECTIONS = 90;
const SETTINGS = [
  ...['fsync=on', 'synchronous_commit=on', 'full_page_writes=on', 'shared_buffers=256MB', 'max_wal_size=2GB'],
  ...[`max_connections=${CONNECTIONS}`, 'autovacuum_naptime=10s', 'restart_after_crash=on'],
];
const TRAVERSABLE = 0o711;
const DATABASE = 'posthorn';

/** A Postgres that can be stopped and started again on its data. */
export class PostgresServer {
  private server: RunningPostgres | null = null;

  private constructor(
    private readonly home: string,
    private readonly password: string,
    private readonly settings: readonly string[],
  ) {}

  static async start(settings: readonly string[] = []): Promise<PostgresServer> {
    const home = await mkdtemp(join(tmpdir(), 'posthorn-faults-postgres-'));
    await chmod(home, TRAVERSABLE); // Postgres may run as another user
    const postgres = new PostgresServer(home, randomBytes(12).toString('hex'), [...SETTINGS, ...settings]);
    await postgres.begin();
    await postgres.createDatabase();
    return postgres;
  }

  /** Changes with every start: the port is any free one. */
  get url(): string {
    if (!this.server) throw new Error('Postgres is not running');
    return this.server.url(DATABASE);
  }

  get port(): number {
    return this.server?.port ?? 0;
  }

  async begin(): Promise<void> {
    this.server = await startPostgres({
      dataDirectory: this.data,
      preferredPort: this.port,
      password: this.password,
      settings: this.settings,
      removeAfterwards: null,
    });
  }

  /** "Immediate": no checkpoint, no good-byes, as when its machine loses power; what comes up next recovers from the log. */
  async crash(): Promise<void> {
    const lock = await readFile(join(this.data, 'postmaster.pid'), 'utf8');
    process.kill(Number(lock.split('\n')[0]), 'SIGQUIT');
    await this.server?.ended;
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }

  get directory(): string {
    return this.home;
  }

  private get data(): string {
    return join(this.home, 'data');
  }

  private async createDatabase(): Promise<void> {
    const url = this.server?.url('postgres') ?? '';
    const database = await Database.open({ url, appName: 'faults', poolSize: 1, statementTimeoutMs: 60_000 });
    try {
      await database.query(`CREATE DATABASE ${DATABASE}`);
    } finally {
      await database.close();
    }
  }
}
