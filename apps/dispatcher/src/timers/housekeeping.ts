import { HOUR } from '#core';
import type { Clock } from '#core';
import { ensurePartitions, forgetKeys, takeTurn } from '#persistence';
import type { Database } from '#persistence';

export const HOUSEKEEPING_EVERY_MS = HOUR;

/** What only has to be done now and then: partitions ahead of their day, idempotency keys past theirs. */
export class Housekeeping {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly processId: string,
  ) {}

  /** One turn, if it is this process's. */
  async round(): Promise<void> {
    if (!(await takeTurn(this.database, 'housekeeping', HOUSEKEEPING_EVERY_MS, this.processId))) return;
    await ensurePartitions((sql, values) => this.database.query(sql, values), this.clock.now());
    await forgetKeys(this.database);
  }
}
