import type { Runner, Statement } from '../database.js';

/** Until the end of the transaction; waits for the tenant's others, at most the pool's lock timeout (55P03). */
const ONE_AT_A_TIME: Statement = {
  name: 'one-at-a-time',
  text: `SELECT pg_advisory_xact_lock(hashtextextended('publish ' || $1::text, 0))`,
};

/**
 * Lets only one such transaction of a tenant run. Those that store several idempotency keys in the order of their events, not of the keys,
 * would otherwise wait for each other in a circle (16 of 30 pairs did).
 */
export async function oneAtATime(runner: Runner, tenantId: string): Promise<void> {
  await runner.run(ONE_AT_A_TIME, [tenantId]);
}
