import { HOUR } from '#core';
import type { Clock } from '#core';
import { dropPartitions, ensurePartitions, forgetKeys, takeTurn } from '#persistence';
import type { Database } from '#persistence';

export const HOUSEKEEPING_EVERY_MS = HOUR;

/** What only has to be done now and then: partitions ahead of their day, days past their retention, idempotency keys past
 * theirs. */
export class Housekeeping {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly processId: string,
    private readonly retentionDays: number,
  ) {}

  /** One turn, if it is this process's. */
  async round(): Promise<void> {
    if (!(await takeTurn(this.database, 'housekeeping', HOUSEKEEPING_EVERY_MS, this.processId))) return;
    const query = (sql: string, values?: unknown[]): Promise<unknown[]> => this.database.query(sql, values);
    await ensurePartitions(query, this.clock.now());
    await dropPartitions(query, this.clock.now(), this.retentionDays);
    await forgetKeys(this.database);
  }
}
