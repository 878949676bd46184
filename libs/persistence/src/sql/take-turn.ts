import type { Database, Statement } from '../database.js';

/**
 * One process does a chore at a time: whoever asks first after it fell due, under the row's lock. Nobody is elected for longer than a turn, so
 * a process that was stopped (SIGSTOP) or cut off while in office cannot keep a chore from being done.
 */
const TAKE_TURN: Statement = {
  name: 'take-turn',
  text: `
INSERT INTO chores AS c (name, due_at, taken_by)
VALUES ($1, clock_timestamp() + make_interval(secs => $2::float8 / 1000), $3)
ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at, taken_by = excluded.taken_by
WHERE c.due_at <= clock_timestamp()
RETURNING name`,
};

/** True: the chore is this process's until it is due again, `everyMs` from now. */
export async function takeTurn(database: Database, chore: string, everyMs: number, process: string): Promise<boolean> {
  return (await database.run(TAKE_TURN, [chore, everyMs, process])).length > 0;
}
