import { setTimeout as delay } from 'node:timers/promises';
import { isDatabaseAway } from './database-away.js';

const AGAIN_AFTER_MS = 500;
/** After so long the process ends, and whoever started it sees that it does not come up. */
const WAITS_MS = 60_000;

/**
 * What `work` gives, done again while Postgres is away: a process that starts in the middle of an outage comes up by itself when that is over,
 * instead of ending and waiting for its supervisor, whose pauses grow. Every failure is told. A refusal (a wrong password, no such database) is
 * thrown at once, as is the last failure after a minute.
 */
export async function whenDatabaseIsThere<Result>(
  work: () => Promise<Result>,
  tell: (error: Error) => void = () => undefined,
): Promise<Result> {
  const until = performance.now() + WAITS_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isDatabaseAway(error) || performance.now() > until) throw error;
      tell(error instanceof Error ? error : new Error(String(error)));
    }
    await delay(AGAIN_AFTER_MS);
  }
}
