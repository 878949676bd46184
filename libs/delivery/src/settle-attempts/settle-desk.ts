import { setTimeout as wait } from 'node:timers/promises';
import { isPassing } from '#persistence';
import type { AttemptToSettle, Database } from '#persistence';
import { Batcher } from '../batcher.js';
import type { LaneChange } from './lane-change.js';
import { storeSettlements } from './store-changes.js';
import type { Settlement } from './store-changes.js';

const ROWS_AT_ONCE = 500;
const RETRY_AT_FIRST_MS = 50;
const RETRY_AT_MOST_MS = 1_000;

/** Of one row: whether somebody else had settled its delivery before, or why it was refused. */
type Answer = boolean | Error;

/**
 * Writes settlements over all lanes of the process. While Postgres is away it keeps what the receivers have already answered and writes it as
 * soon as it can: what waits here is bounded by what was in flight, since lanes stop sending when their lease cannot be renewed.
 */
export class SettleDesk {
  private readonly settlements: Batcher<Settlement, Answer>;
  /** Rare, and several statements: they wait for each other, and nobody else waits for them. */
  private readonly changes: Batcher<Settlement, Answer>;
  private closing = false;

  constructor(
    private readonly database: Database,
    private readonly onError: (error: Error) => void,
    /** Wakes the lanes of these endpoints: a transition has made notices for them. */
    private readonly wake: (endpointIds: string[]) => void,
  ) {
    const write = (rows: Settlement[]): Promise<Answer[]> => this.write(rows);
    this.settlements = new Batcher(write, { maxItems: ROWS_AT_ONCE, maxConcurrent: 2 });
    this.changes = new Batcher(write, { maxItems: ROWS_AT_ONCE, maxConcurrent: 1 });
  }

  /**
   * Resolves when it is committed, together with what it changed of its lane; true: somebody else had settled the delivery before. Rejects only
   * for a row that Postgres refuses by itself, or at the end of the process.
   */
  async settle(row: AttemptToSettle, change: LaneChange | null = null): Promise<boolean> {
    const answer = await (change ? this.changes : this.settlements).add({ row, change });
    if (answer instanceof Error) throw answer;
    return answer;
  }

  /** No more waiting for a database that is away: the deliveries stay pending, which at worst sends them once more. */
  giveUp(): void {
    this.closing = true;
  }

  private async write(settlements: Settlement[]): Promise<Answer[]> {
    const answers = new Map<Settlement, Answer>();
    for (const round of roundsOf(settlements)) {
      const stored = await this.persist(round);
      if (!(stored instanceof Error)) for (const one of round) answers.set(one, stored.has(one.row.deliveryId));
      else if (round.length === 1) for (const one of round) answers.set(one, stored);
      // A row that cannot be written must not keep the others from it.
      else for (const one of round) answers.set(one, await this.persistOne(one));
    }
    return settlements.map((one) => answers.get(one) ?? false);
  }

  /** Without the answer's details a row that was refused can usually be written. */
  private async persistOne(one: Settlement): Promise<Answer> {
    const stored = await this.persist([one]);
    const anew = stored instanceof Error ? await this.persist([{ ...one, row: withoutDetails(one.row) }]) : stored;
    return anew instanceof Error ? anew : anew.has(one.row.deliveryId);
  }

  /** Waits for a database that is away; answers with its refusal when it refuses. */
  private async persist(settlements: Settlement[]): Promise<Set<string> | Error> {
    for (let again = false, delay = RETRY_AT_FIRST_MS; ; again = true, delay = Math.min(delay * 2, RETRY_AT_MOST_MS)) {
      try {
        const { overtaken, toWake } = await storeSettlements(this.database, settlements, again);
        if (toWake.length > 0) this.wake(toWake);
        return overtaken;
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
function roundsOf(settlements: readonly Settlement[]): Settlement[][] {
  const rounds: Map<string, Settlement>[] = [];
  for (const one of settlements) {
    let round = rounds.find((earlier) => !earlier.has(one.row.deliveryId));
    if (!round) rounds.push((round = new Map<string, Settlement>()));
    round.set(one.row.deliveryId, one);
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
