import { DAY, HOUR, SECOND, uuidTime } from '#core';
import {
  accountingState,
  accountSlice,
  beginFinalCounts,
  beginHours,
  enterSlice,
  forgetHours,
  openCount,
} from '#persistence';
import type { Database } from '#persistence';
import { hoursToCount, keptFrom } from './hours-to-count.js';

/** Each slice is one short statement with a snapshot of its own: none is held that would keep the dead rows of the hot tables alive. */
const SLICE_ROWS = 20_000;

/**
 * Holds the deliveries there are against what was promised: every event says to how many endpoints it went, and for every hour that has closed
 * the sum of that must be the number of its deliveries, whatever became of them. Counted soon after the hour, and again when the retry window
 * is over: a delivery that got lost on its way is noticed at the latest then. What resends and replays made is not counted; that an endpoint
 * is deleted cancels deliveries and removes none; what retention removes is never compared.
 */
export class AccountHours {
  constructor(
    private readonly database: Database,
    private readonly limits: { retentionDays: number; maxRetryWindowSeconds: number },
  ) {}

  /** Counts what is to be counted as of `now` (milliseconds on the database's clock) while `goesOn`; the next call takes up where it ended. */
  async count(now: number, goesOn: () => boolean): Promise<void> {
    const oldestKept = keptFrom(now, this.limits.retentionDays);
    await forgetHours(this.database, oldestKept);
    const { lastHour, oldestEventId } = await accountingState(this.database);
    const oldestEvent = oldestEventId === null ? null : uuidTime(oldestEventId);
    const hours = hoursToCount(now, { lastHour, oldestEvent }, oldestKept);
    if (hours.length > 0) await beginHours(this.database, hours);
    await beginFinalCounts(this.database, now - this.limits.maxRetryWindowSeconds * SECOND - DAY);
    while (goesOn()) if (!(await this.countSlice())) return;
  }

  /** False: nothing is left to count, or another process is at it. */
  private async countSlice(): Promise<boolean> {
    const count = await openCount(this.database);
    if (count === null) return false;
    const end = count.hour + HOUR;
    const slice = await accountSlice(this.database, count.countedTo, end, SLICE_ROWS);
    return enterSlice(this.database, count, slice, slice.to === end);
  }
}
