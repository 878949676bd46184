import { DataSource } from 'typeorm';
import { MIGRATIONS } from '../../../migrations/index.js';
import { ensurePartitions } from './partitions.js';

/** `PHRN` in ASCII: one migration at a time, whoever starts it. */
const MIGRATION_LOCK = 0x5048524e;

/**
 * Brings the database to this version: migrations, then partitions for yesterday to `PARTITIONS_AHEAD` days ahead. Idempotent; several
 * processes may call it at once. Throws the driver's error when Postgres cannot be reached.
 */
export async function runMigrations(url: string): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    url,
    migrations: MIGRATIONS,
    migrationsTableName: 'migrations',
    extra: { application_name: 'posthorn-migrate', connectionTimeoutMillis: 5_000, max: 2 },
  });
  await source.initialize();
  try {
    const runner = source.createQueryRunner();
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    try {
      await source.runMigrations({ transaction: 'all' });
      const [{ now }] = (await runner.query('SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now')) as [
        { now: number },
      ];
      await ensurePartitions((sql, values) => runner.query(sql, values) as Promise<unknown[]>, now);
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
      await runner.release();
    }
  } finally {
    await source.destroy();
  }
}
