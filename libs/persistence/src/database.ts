import { AsyncLocalStorage } from 'node:async_hooks';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { Pool, QueryResultRow } from 'pg';
import { ENTITIES } from './entities/index.js';
import { isRefusal } from './database-away.js';
import { DatabaseWatch } from './database-watch.js';
import { openHotPool, poolConfig } from './hot-pool.js';
import { whenDatabaseIsThere } from './when-database-is-there.js';

export interface DatabaseOptions {
  url: string;
  /** Shown in pg_stat_activity, e.g. `posthorn-api`. */
  appName: string;
  /** Connections for the path of an event; management has as many again, at most 5. */
  poolSize: number;
  statementTimeoutMs: number;
  /** Waiting for a connection; 1.5 s unless told, so that a request is refused within two. */
  connectTimeoutMs?: number;
  /** For who answers requests: a database that falls silent fails what waits for it within 1.5 s. Implies `waits`. */
  watched?: boolean;
  /** For who serves: connects again for a minute while Postgres is away, as `whenDatabaseIsThere` says. */
  waits?: boolean;
  onError?: (error: Error) => void;
}

/** A hand-written statement of the path: a name (prepared once per connection) and its text. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** What a hot statement runs on: the pool, or one connection inside a transaction. */
export interface Runner {
  run<Row extends QueryResultRow>(statement: Statement, values: unknown[]): Promise<Row[]>;
}

/**
 * The way to Postgres. `run` is for the hot statements; `entities`, `query` and `transaction` are for management, where what happens inside
 * `transaction` joins it wherever it is called from (so that a repository need not know whether there is one).
 */
export class Database implements Runner {
  private readonly current = new AsyncLocalStorage<EntityManager>();
  /** For statements that take a runner and must join management's transaction: its connection, and its planner. */
  readonly management: Runner = { run: ({ text }, values) => this.query(text, values) };

  private constructor(
    private readonly source: DataSource,
    private readonly hot: Pool,
    private readonly lease: Pool,
    private readonly watch: DatabaseWatch | null,
  ) {}

  /** Connects, so that an unreachable database is noticed here. Throws the driver's error. */
  static async open(options: DatabaseOptions): Promise<Database> {
    if (options.watched || options.waits) return whenDatabaseIsThere(() => Database.connect(options), options.onError);
    return Database.connect(options);
  }

  private static async connect(options: DatabaseOptions): Promise<Database> {
    const onError = options.onError ?? (() => undefined);
    const limits = {
      url: options.url,
      appName: options.appName,
      statementTimeoutMs: options.statementTimeoutMs,
      connectTimeoutMs: options.connectTimeoutMs ?? 1_500,
    };
    const management = poolConfig({ ...limits, max: Math.min(5, options.poolSize), lockTimeoutMs: 5_000 });
    const source = new DataSource({
      type: 'postgres',
      url: options.url,
      entities: ENTITIES,
      extra: management,
      poolErrorHandler: onError,
    });
    await source.initialize();
    const hot = openHotPool({ ...limits, max: options.poolSize, lockTimeoutMs: 5_000, onError });
    // Renewing a lease must never queue behind a slow claim: a connection of its own, opened when first used.
    const lease = openHotPool({ ...limits, appName: `${options.appName}-lease`, max: 1, onError });
    const pools = [hot, lease, (source.driver as unknown as { master: Pool }).master];
    const watch = options.watched ? new DatabaseWatch(poolConfig({ ...limits, max: 1 }), pools).start() : null;
    return new Database(source, hot, lease, watch);
  }

  /** One hot statement. Rows come as the driver parses them. */
  async run<Row extends QueryResultRow>(statement: Statement, values: unknown[]): Promise<Row[]> {
    return (await this.watched(() => this.hot.query<Row>({ ...statement, values }))).rows;
  }

  /** Several hot statements that are stored together or not at all. */
  async together<Result>(work: (runner: Runner) => Promise<Result>): Promise<Result> {
    return this.watched(() => this.onOneConnection(work));
  }

  private async onOneConnection<Result>(work: (runner: Runner) => Promise<Result>): Promise<Result> {
    const client = await this.hot.connect();
    let failed: unknown;
    // The query under way fails with it too; without a listener it would end the process.
    const onLost = (error: Error): void => void (failed = error);
    client.on('error', onLost);
    try {
      await client.query('BEGIN');
      const result = await work({
        run: async <Row extends QueryResultRow>(statement: Statement, values: unknown[]) =>
          (await client.query<Row>({ ...statement, values })).rows,
      });
      await client.query('COMMIT');
      return result;
    } catch (error) {
      failed = error;
      // A connection on which even this fails is thrown away below.
      await client.query('ROLLBACK').catch((rollback: unknown) => (failed = rollback));
      throw error;
    } finally {
      client.off('error', onLost);
      client.release(failed instanceof Error && !isRefusal(failed) ? failed : undefined);
    }
  }

  /** One statement of the leases, on the connection that nothing else uses. */
  async runLease<Row extends QueryResultRow>(statement: Statement, values: unknown[]): Promise<Row[]> {
    return (await this.lease.query<Row>({ ...statement, values })).rows;
  }

  /** TypeORM's manager: the current transaction's inside `transaction`, else one that takes a connection a statement. */
  entities(): EntityManager {
    this.watch?.expectAnswers();
    return this.current.getStore() ?? this.source.manager;
  }

  /** Plain SQL with management's planner, inside the current transaction if there is one. */
  async query<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return this.watched(() => this.entities().query<Row[]>(sql, values));
  }

  /** Everything awaited inside `work` is one transaction; a nested call joins the outer one. */
  async transaction<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.current.getStore()) return work();
    return this.watched(() => this.source.transaction((manager) => this.current.run(manager, work)));
  }

  /** Answers when Postgres can be written to; throws when it is away, or takes no writes (after a fail-over). */
  async ping(): Promise<void> {
    const [row] = await this.run<{ readOnly: boolean }>(TAKES_WRITES, []);
    if (row?.readOnly !== false) throw new Error('Postgres takes no writes');
  }

  private watched<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.watch === null ? work() : this.watch.during(work);
  }

  async close(): Promise<void> {
    await this.watch?.stop();
    await Promise.all([this.source.destroy(), this.hot.end(), this.lease.end()]);
  }
}

/** Also "on" on a standby. */
const TAKES_WRITES: Statement = {
  name: 'takes-writes',
  text: `SELECT current_setting('transaction_read_only')::boolean AS "readOnly"`,
};
