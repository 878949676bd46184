import { MINUTE } from '#core';
import type { SystemClock } from '#core';
import { whenDatabaseIsThere } from '#persistence';
import type { Database } from '#persistence';

/** Keeps a clock at the database's time: ids made here sort among those made there. */
export class DatabaseTime {
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly database: Database,
    private readonly clock: SystemClock,
  ) {}

  /** Tries for a minute while Postgres is away, and tells each failure. */
  async start(tell: (error: Error) => void): Promise<void> {
    await whenDatabaseIsThere(() => this.measure(), tell);
    // A failure leaves the distance as it was; the next minute tries again.
    this.timer = setInterval(() => void this.measure().catch(() => undefined), MINUTE).unref();
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
  }

  private async measure(): Promise<void> {
    const sentAt = Date.now();
    const [row] = await this.database.query<{ now: number }>(
      'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now',
    );
    if (row !== undefined) this.clock.setOffset(row.now - (sentAt + Date.now()) / 2);
  }
}
