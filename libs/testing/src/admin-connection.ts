import { Database } from '#persistence';

const STATEMENT_TIMEOUT_MS = 60_000;

/** Runs statements outside of any transaction on the cluster's own database. */
export async function withAdmin<Result>(
  url: string,
  work: (sql: (text: string) => Promise<unknown>) => Promise<Result>,
): Promise<Result> {
  const options = { url, appName: 'posthorn-test', poolSize: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS };
  const database = await Database.open(options);
  try {
    return await work((text) => database.query(text));
  } finally {
    await database.close();
  }
}
