import { DAY, HOUR, MINUTE } from '#core';

/** An event is committed a little after its time; so long does no statement take. */
const COMMITTED_AFTER_MS = 5 * MINUTE;

/** Days before this one (milliseconds) lose their partitions, one table after the other: a day more, and none is compared with half of itself. */
export function keptFrom(now: number, retentionDays: number): number {
  return Math.floor(now / DAY) * DAY - (retentionDays - 1) * DAY;
}

/**
 * The closed hours (their beginnings, milliseconds) of which no count was begun, oldest first: from the one after the last that was, else from
 * that of the oldest event, and never one whose day may be gone.
 */
export function hoursToCount(
  now: number,
  begun: { lastHour: number | null; oldestEvent: number | null },
  oldestKept: number,
): number[] {
  const closed = Math.floor((now - COMMITTED_AFTER_MS) / HOUR) * HOUR;
  const first =
    begun.lastHour === null ? Math.floor((begun.oldestEvent ?? closed) / HOUR) * HOUR : begun.lastHour + HOUR;
  const from = Math.max(first, oldestKept);
  return Array.from({ length: Math.max(0, (closed - from) / HOUR) }, (_, n) => from + n * HOUR);
}
