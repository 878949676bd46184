import type { Database, Statement } from '../database.js';

/** What a dispatcher reports of itself. */
export interface DispatcherBeat {
  id: string;
  lanes: number;
  /** How busy its event loop is, 0 to 1. */
  busy: number;
}

export interface LiveDispatchers {
  /** Dispatchers seen in the last five seconds, the one that asks among them. */
  live: number;
  /** Their lanes. */
  lanes: number;
  /** Of the least busy of the others; null: there is none. */
  leastBusy: number | null;
}

/**
 * Says that a dispatcher lives, forgets those that were not seen for a minute, and answers who else does. The others are read as they were
 * before this statement, so the one that asks counts with what it says now. A row that somebody else forgets at this moment is left to them.
 *
 * Reads the whole table: a row a process.
 */
const BEAT_DISPATCHER: Statement = {
  name: 'beat-dispatcher',
  text: `
WITH own AS (
  INSERT INTO dispatchers (id, seen_at, lanes, busy) VALUES ($1::uuid, clock_timestamp(), $2::int, $3::real)
  ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, lanes = excluded.lanes, busy = excluded.busy
),
gone AS (
  DELETE FROM dispatchers WHERE id IN (
    SELECT id FROM dispatchers WHERE id <> $1::uuid AND seen_at < clock_timestamp() - interval '1 minute'
    FOR UPDATE SKIP LOCKED
  )
)
SELECT 1 + count(*)::int AS live, $2::int + coalesce(sum(lanes), 0)::int AS lanes, min(busy)::float8 AS "leastBusy"
FROM dispatchers
WHERE id <> $1::uuid AND seen_at > clock_timestamp() - interval '5 seconds'`,
};

export async function beatDispatcher(
  database: Database,
  { id, lanes, busy }: DispatcherBeat,
): Promise<LiveDispatchers> {
  const [answer] = await database.run<LiveDispatchers>(BEAT_DISPATCHER, [id, lanes, busy]);
  if (!answer) throw new Error('Postgres did not count the dispatchers');
  return answer;
}

const REMOVE_DISPATCHER: Statement = {
  name: 'remove-dispatcher',
  text: 'DELETE FROM dispatchers WHERE id = $1::uuid',
};

/** The others share the lanes without this dispatcher, from their next beat on. */
export async function removeDispatcher(database: Database, id: string): Promise<void> {
  await database.run(REMOVE_DISPATCHER, [id]);
}
