import type { Database, Statement } from '../database.js';

const DATABASE_TIME: Statement = {
  name: 'database-time',
  text: 'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now',
};

/** The database's clock, milliseconds. */
export async function databaseTime(database: Database): Promise<number> {
  const [row] = await database.run<{ now: number }>(DATABASE_TIME, []);
  if (!row) throw new Error('Postgres did not tell the time');
  return row.now;
}
