import type { Database } from '../../database.js';

/**
 * For reads of a whole lane on management's connections. They want the lane's index in its order; what the hot pool does not offer its planner
 * (sorts of a whole backlog, scans of a partition that was analysed while empty) is not offered here either, for as long as the transaction
 * around `work` lasts.
 */
export async function plannedByIndex<Result>(database: Database, work: () => Promise<Result>): Promise<Result> {
  return database.transaction(async () => {
    await database.query(
      `SELECT set_config(name, 'off', true) FROM unnest('{enable_sort,enable_seqscan,enable_hashjoin,enable_mergejoin,jit}'::text[]) AS name`,
    );
    return work();
  });
}
