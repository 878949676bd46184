import { MINUTE, SECOND } from '#core';
import type { Clock } from '#core';
import type { AccountHours } from '#delivery';
import { accountingSummary, takeTurn } from '#persistence';
import type { AccountingSummary, Database } from '#persistence';

export const ACCOUNTING_EVERY_MS = MINUTE;
/** A turn falls due a little before the timers ask for it (see `due-wakes`). */
const TURN_SHARE = 0.8;
/** Less than a turn: what is left of a busy hour is for the next one. */
const AT_MOST_MS = 30 * SECOND;

/** Counts the hours that have closed, a turn at a time, and knows what the books say: every process tells it, whoever counted. */
export class Accounting {
  /** Null: not read yet. */
  summary: AccountingSummary | null = null;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly processId: string,
    private readonly accountHours: AccountHours,
  ) {}

  /** One turn, if it is this process's. Throws when the books do not balance, so that it is in the log of the one that counted. */
  async round(): Promise<void> {
    const isOurs = await takeTurn(this.database, 'accounting', ACCOUNTING_EVERY_MS * TURN_SHARE, this.processId);
    if (isOurs) {
      const until = this.clock.monotonic() + AT_MOST_MS;
      await this.accountHours.count(this.clock.now(), () => this.clock.monotonic() < until);
    }
    this.summary = await accountingSummary(this.database);
    const { difference } = this.summary;
    if (isOurs && difference !== 0)
      throw new Error(`The books differ by ${difference} deliveries: \`npm run accounting\` shows in which hours`);
  }
}
