import { uuidFloor, uuidTime } from '#core';
import type { Database, Statement } from '../database.js';

/** What events fanned out to, and what there is of it. */
export interface Account {
  events: number;
  fanOut: number;
  pending: number;
  delivered: number;
  dead: number;
  cancelled: number;
}

export interface AccountedSlice extends Account {
  /** Where the next slice begins, milliseconds. */
  to: number;
}

/** The first id behind so many rows, of events or of deliveries, whichever comes first. Indexes: primary keys, in their order. */
const SLICE_END: Statement = {
  name: 'account-slice-end',
  text: `
SELECT least((SELECT id FROM deliveries WHERE id >= $1 AND id < $2 ORDER BY id OFFSET $3 LIMIT 1),
             (SELECT id FROM events WHERE id >= $1 AND id < $2 ORDER BY id OFFSET $3 LIMIT 1)) AS "end"`,
};

/** What a resend or a replay made belongs to no publish, so it is not counted. Indexes: primary keys. */
const ACCOUNT_SLICE: Statement = {
  name: 'account-slice',
  text: `
SELECT e.*, d.*
FROM (SELECT count(*) AS events, coalesce(sum(fan_out), 0)::bigint AS "fanOut" FROM events WHERE id >= $1 AND id < $2) e,
     (SELECT count(*) FILTER (WHERE state = 'pending') AS pending, count(*) FILTER (WHERE state = 'delivered') AS delivered,
             count(*) FILTER (WHERE state = 'dead') AS dead, count(*) FILTER (WHERE state = 'cancelled') AS cancelled
      FROM deliveries WHERE id >= $1 AND id < $2 AND replay_of IS NULL AND replay_id IS NULL) d`,
};

/**
 * Events and first deliveries from `from` on (milliseconds, as every time here), up to about `rows` of either and not beyond `to`. A delivery's
 * id begins with its event's time, and both are stored in one commit: a slice between two milliseconds, read by one statement, holds an event
 * with all its deliveries or nothing of it, so that nothing under way makes a difference. A statement reads more than `rows` only where
 * one millisecond has more. 20,000 rows: 20–40 ms.
 */
export async function accountSlice(
  database: Database,
  from: number,
  to: number,
  rows: number,
): Promise<AccountedSlice> {
  const [found] = await database.run<{ end: string | null }>(SLICE_END, [uuidFloor(from), uuidFloor(to), rows]);
  const end = typeof found?.end === 'string' ? Math.min(to, Math.max(from + 1, uuidTime(found.end))) : to;
  const [account] = await database.run<Account & Record<string, number>>(ACCOUNT_SLICE, [
    uuidFloor(from),
    uuidFloor(end),
  ]);
  if (!account) throw new Error('account-slice answered without a row');
  return { ...account, to: end };
}
