import { Pool, types } from 'pg';
import type { PoolConfig } from 'pg';

// Counters and epochs stay far below 2^53: numbers are what the code wants.
types.setTypeParser(types.builtins.INT8, Number);

/**
 * Plans that lost, each seen to happen on real data: a sort over a hot lane's whole backlog once the plan turned generic (200–500 ms instead
 * of 1.4 ms), and a cached sequential scan over a partition that was analysed while empty (449 ms instead of 5 ms to settle 500 rows).
 * The hot statements only ever want index scans in index order and nested loops, so nothing else is offered to the planner, and a generic
 * plan is made once per connection instead of planning over every partition each time.
 */
const HOT_PLANNER = [
  'enable_sort=off',
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'jit=off',
  'plan_cache_mode=force_generic_plan',
];

export interface PoolOptions {
  url: string;
  /** Shown in pg_stat_activity. */
  appName: string;
  max: number;
  statementTimeoutMs: number;
  /** Waiting for a connection of the pool, or for a new one. */
  connectTimeoutMs: number;
  /** A lock waited for longer fails the statement (SQLSTATE 55P03). */
  lockTimeoutMs?: number;
  onError: (error: Error) => void;
}

/** A pool for the hand-written statements of the path. Every connection has time limits: nothing waits for ever. */
export function openHotPool(options: PoolOptions): Pool {
  return openPool(options, HOT_PLANNER);
}

function openPool(options: PoolOptions, extra: readonly string[]): Pool {
  const pool = new Pool({ ...poolConfig(options, extra) });
  pool.on('error', (error) => {
    options.onError(error);
  });
  return pool;
}

export function poolConfig(options: Omit<PoolOptions, 'onError'>, extra: readonly string[] = []): PoolConfig {
  const settings = [
    `statement_timeout=${options.statementTimeoutMs}`,
    'idle_in_transaction_session_timeout=10000',
    `lock_timeout=${options.lockTimeoutMs ?? options.statementTimeoutMs}`,
    ...extra,
  ];
  return {
    connectionString: options.url,
    application_name: options.appName,
    max: options.max,
    connectionTimeoutMillis: options.connectTimeoutMs,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    // A black-holed connection never answers: the client gives up a little after the server would have.
    query_timeout: options.statementTimeoutMs + 2_000,
    options: settings.map((setting) => `-c ${setting}`).join(' '),
  };
}
