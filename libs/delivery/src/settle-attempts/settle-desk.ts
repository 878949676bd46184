import { setTimeout as wait } from 'node:timers/promises';
import { isPassing, settleAttempts } from '#persistence';
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
    const answers = new Map<AttemptToSettle, Error | null>();
    for (const round of roundsOf(rows)) {
      const refused = await this.persist(round);
      if (refused && round.length === 1) round.forEach((row) => answers.set(row, refused));
      // A row that cannot be written must not keep the others from it.
      else if (refused) for (const row of round) answers.set(row, await this.persistOne(row));
    }
    return rows.map((row) => answers.get(row) ?? null);
  }

  /** Without the answer's details a row that was refused can usually be written. */
  private async persistOne(row: AttemptToSettle): Promise<Error | null> {
    return (await this.persist([row])) && this.persist([withoutDetails(row)]);
  }

  /** Waits for a database that is away; answers with its refusal when it refuses. */
  private async persist(rows: AttemptToSettle[]): Promise<Error | null> {
    for (let again = false, delay = RETRY_AT_FIRST_MS; ; again = true, delay = Math.min(delay * 2, RETRY_AT_MOST_MS)) {
      try {
        await settleAttempts(this.database, rows, again);
        return null;
      } catch (error) {
        this.onError(asError(error));
        if (this.closing) throw error;
        if (!isPassing(error)) return asError(error);
        await wait(delay);
      }
    }
  }
}

/** The same delivery twice (a lane that was lost and won again): one after the other, or one of the two would be left out. */
function roundsOf(rows: readonly AttemptToSettle[]): AttemptToSettle[][] {
  const rounds: Map<string, AttemptToSettle>[] = [];
  for (const row of rows) {
    let round = rounds.find((one) => !one.has(row.deliveryId));
    if (!round) rounds.push((round = new Map<string, AttemptToSettle>()));
    round.set(row.deliveryId, row);
  }
  return rounds.map((round) => [...round.values()]);
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
