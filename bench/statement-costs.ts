import type { Database } from '#persistence';

const SHOWN = 15;
const TEXT_SHOWN = 90;

/** Begins counting what statements cost. */
export async function beginCounting(database: Database): Promise<void> {
  await database.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  await database.query('SELECT pg_stat_statements_reset()');
}

/** The statements that took longest together since `beginCounting`, a line each. */
export async function statementCosts(database: Database): Promise<string[]> {
  const rows = await database.query<{ total: number; calls: number; rows: number; wal: number; query: string }>(
    `SELECT total_exec_time + total_plan_time AS total, calls::float8 AS calls, rows::float8 AS rows, wal_bytes::float8 AS wal, query
     FROM pg_stat_statements ORDER BY 1 DESC LIMIT ${String(SHOWN)}`,
  );
  return rows.map(({ total, calls, rows: touched, wal, query }) => {
    const text = query.replaceAll(/\s+/g, ' ').trim().slice(0, TEXT_SHOWN);
    const figures = [
      `${total.toFixed(0)} ms`,
      `${calls.toFixed(0)} calls`,
      `${touched.toFixed(0)} rows`,
      `${(wal / 1e6).toFixed(1)} MB WAL`,
    ];
    return `  ${figures.map((figure) => figure.padStart(14)).join('')}  ${text}`;
  });
}
