import type { Database } from '../database.js';
import type { Account, AccountedSlice } from './account-slice.js';

/** A count of an hour under way; times in milliseconds. */
export interface HourCount {
  hour: number;
  /** The second count, when all of the hour must be settled. */
  final: boolean;
  countedTo: number;
}

export interface AccountedHour extends Account {
  hour: number;
  final: boolean;
  /** Deliveries that should be there and are not (negative: that nobody promised). */
  difference: number;
}

export interface AccountingSummary {
  hours: number;
  /** Over all hours, whatever its sign: a loss is not made good by a surplus. */
  difference: number;
  /** When the last hour that is counted ended, milliseconds; null: none is. */
  countedUntil: number | null;
}

const DIFFERENCE = 'fan_out - pending - delivered - dead - cancelled';
/** The later count of an hour replaces the earlier one. */
const LATEST = 'SELECT DISTINCT ON (hour) * FROM accounted_hours WHERE closed_at IS NOT NULL ORDER BY hour, final DESC';
/** Exact: the multiplication is numeric's. */
const MS = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

/** Where counting begins and goes on: the last hour that was begun, and the oldest event's id. */
export async function accountingState(
  database: Database,
): Promise<{ lastHour: number | null; oldestEventId: string | null }> {
  const [row] = await database.query<{ lastHour: number | null; oldestEventId: string | null }>(
    `SELECT (SELECT ${MS('max(hour)')} FROM accounted_hours WHERE NOT final) AS "lastHour",
            (SELECT id FROM events ORDER BY id LIMIT 1) AS "oldestEventId"`,
  );
  return row ?? { lastHour: null, oldestEventId: null };
}

/** Begins to count these hours; one that was begun already goes on. */
export async function beginHours(database: Database, hours: readonly number[]): Promise<void> {
  await database.query(
    `INSERT INTO accounted_hours (hour, final, counted_to)
     SELECT at, false, at FROM (SELECT to_timestamp(h / 1000) AS at FROM unnest($1::float8[]) AS h ORDER BY h) t
     ON CONFLICT DO NOTHING`,
    [hours],
  );
}

/** Begins the second count of every hour before `settledBefore` that was counted once. */
export async function beginFinalCounts(database: Database, settledBefore: number): Promise<void> {
  await database.query(
    `INSERT INTO accounted_hours (hour, final, counted_to)
     SELECT hour, true, hour FROM accounted_hours
     WHERE NOT final AND closed_at IS NOT NULL AND hour < to_timestamp($1::float8 / 1000)
     ORDER BY hour
     ON CONFLICT DO NOTHING`,
    [settledBefore],
  );
}

/** The oldest count that is not done, first counts first. */
export async function openCount(database: Database): Promise<HourCount | null> {
  const [row] = await database.query<HourCount>(
    `SELECT ${MS('hour')} AS hour, final, ${MS('counted_to')} AS "countedTo"
     FROM accounted_hours WHERE closed_at IS NULL ORDER BY final, hour LIMIT 1`,
  );
  return row ?? null;
}

/** Adds a slice to its hour and, with the last one, closes it. False: another process has added that slice already. */
export async function enterSlice(
  database: Database,
  count: HourCount,
  slice: AccountedSlice,
  closes: boolean,
): Promise<boolean> {
  const rows = await database.query(
    `WITH entered AS (
       UPDATE accounted_hours
       SET counted_to = to_timestamp($4::float8 / 1000), events = events + $5, fan_out = fan_out + $6, pending = pending + $7,
           delivered = delivered + $8, dead = dead + $9, cancelled = cancelled + $10, closed_at = CASE WHEN $11::boolean THEN clock_timestamp() END
       WHERE hour = to_timestamp($1::float8 / 1000) AND final = $2 AND counted_to = to_timestamp($3::float8 / 1000) AND closed_at IS NULL
       RETURNING 1)
     SELECT 1 FROM entered`,
    [
      ...[count.hour, count.final, count.countedTo, slice.to],
      ...[slice.events, slice.fanOut, slice.pending, slice.delivered, slice.dead, slice.cancelled],
      closes,
    ],
  );
  return rows.length > 0;
}

/** Hours before then have lost, or are about to lose, their partitions: nothing of them can be counted any more. */
export async function forgetHours(database: Database, before: number): Promise<void> {
  await database.query('DELETE FROM accounted_hours WHERE hour < to_timestamp($1::float8 / 1000)', [before]);
}

/** Every hour that is counted, oldest first. */
export async function accountedHours(database: Database): Promise<AccountedHour[]> {
  return database.query<AccountedHour>(
    `SELECT ${MS('hour')} AS hour, final, events, fan_out AS "fanOut", pending, delivered, dead, cancelled, ${DIFFERENCE} AS difference
     FROM (${LATEST}) h ORDER BY hour`,
  );
}

/** What the books say in sum. */
export async function accountingSummary(database: Database): Promise<AccountingSummary> {
  const [row] = await database.query<AccountingSummary>(
    `SELECT count(*) AS hours, coalesce(sum(abs(${DIFFERENCE})), 0)::bigint AS difference, ${MS(`max(hour) + interval '1 hour'`)} AS "countedUntil"
     FROM (${LATEST}) h`,
  );
  return row ?? { hours: 0, difference: 0, countedUntil: null };
}
