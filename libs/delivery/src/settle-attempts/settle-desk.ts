import { setTimeout as wait } from 'node:timers/promises';
import { isDatabaseAway, settleAttempts } from '#persistence';
import type { AttemptToSettle, Database } from '#persistence';
import { Batcher } from '../batcher.js';

const ROWS_AT_ONCE = 500;
const RETRY_AT_FIRST_MS = 50;
const RETRY_AT_MOST_MS = 1_000;

/**
 * Writes settlements over all lanes of the process. While Postgres is away it keeps what the receivers have already answered and writes it as
 * soon as it can: what waits here is bounded by what was in flight, since lanes stop sending when their lease cannot be renewed.
 */
export class SettleDesk {
  private readonly settlements: Batcher<AttemptToSettle, Error | null>;
  private closing = false;

  constructor(
    private readonly database: Database,
    private readonly onError: (error: Error) => void,
  ) {
    this.settlements = new Batcher((rows) => this.write(rows), { maxItems: ROWS_AT_ONCE, maxConcurrent: 2 });
  }

  /** Resolves when it is committed. Rejects only for a row that Postgres refuses by itself, or at the end of the process. */
  async settle(row: AttemptToSettle): Promise<void> {
    const refused = await this.settlements.add(row);
    if (refused) throw refused;
  }

  /** No more waiting for a database that is away: the deliveries stay pending, which at worst sends them once more. */
  giveUp(): void {
    this.closing = true;
  }

  private async write(rows: AttemptToSettle[]): Promise<(Error | null)[]> {
    for (let delay = RETRY_AT_FIRST_MS; ; delay = Math.min(delay * 2, RETRY_AT_MOST_MS)) {
      try {
        await settleAttempts(this.database, rows);
        return rows.map(() => null);
      } catch (error) {
        this.onError(asError(error));
        if (this.closing) throw error;
        if (!isDatabaseAway(error)) return this.writeOneByOne(rows);
        await wait(delay);
      }
    }
  }

  /** A row that cannot be written must not keep the others from it; without the answer's details it usually can. */
  private async writeOneByOne(rows: AttemptToSettle[]): Promise<(Error | null)[]> {
    const answers: (Error | null)[] = [];
    for (const row of rows) {
      answers.push(
        await this.tryOne(row)
          .catch(() => this.tryOne(withoutDetails(row)))
          .catch(asError),
      );
    }
    return answers;
  }

  private async tryOne(row: AttemptToSettle): Promise<null> {
    await settleAttempts(this.database, [row]);
    return null;
  }
}

function withoutDetails(row: AttemptToSettle): AttemptToSettle {
  const { record } = row;
  return {
    ...row,
    record: {
      ...record,
      contentType: null,
      retryAfter: null,
      location: null,
      body: null,
      truncated: record.body !== null,
    },
  };
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
