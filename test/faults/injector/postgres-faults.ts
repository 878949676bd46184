import { setTimeout as delay } from 'node:timers/promises';
import { Database } from '#persistence';
import { CONNECTIONS } from '../stack/postgres-server.js';
import type { FaultKind, Scene } from './fault.js';
import { between } from './fault.js';

const restarted: FaultKind = {
  name: 'Postgres restarted, immediate',
  effect: 'outage',
  draw: ({ stack }) => ({
    on: 'postgres',
    touches: ['postgres'],
    run: async () => {
      await stack.postgres.crash();
      await stack.postgresAgain();
      return null;
    },
  }),
};

const STOPPED_MS = { least: 4_000, most: 9_000, longest: 60_000 };
/** Of a long run's outages one in so many is a long one, or nothing else would have its time. */
const LONGEST_ONE_IN = 5;
const stopped: FaultKind = {
  name: 'Postgres stopped for a while',
  effect: 'outage',
  draw: ({ stack, scale }, random) => {
    const isLongest = random() < 1 / LONGEST_ONE_IN && scale >= 1;
    const forMs = isLongest ? STOPPED_MS.longest : between(STOPPED_MS.least, STOPPED_MS.most, random) * scale;
    return {
      on: 'postgres',
      touches: ['postgres'],
      run: async () => {
        await stack.postgres.stop();
        await delay(forMs);
        await stack.postgresAgain();
        return null;
      },
    };
  },
};

/** Takes every connection there is, and the apps' own too: they must do without, and come back when there are some. */
const exhausted: FaultKind = {
  name: 'Postgres out of connections',
  effect: 'outage',
  draw: (scene, random) => {
    const forMs = between(2_000, 3_500, random);
    return { on: 'postgres', touches: ['postgres'], run: () => takeConnections(scene, forMs) };
  },
};

async function takeConnections({ stack }: Scene, forMs: number): Promise<null> {
  const { url } = stack.postgres;
  const hog = await Database.open({ url, appName: 'hog', poolSize: CONNECTIONS, statementTimeoutMs: 2 * forMs });
  const taken = Array.from({ length: CONNECTIONS }, () =>
    hog.run({ name: 'hold', text: 'SELECT pg_sleep($1)' }, [forMs / 1_000]),
  );
  const waiting = Promise.allSettled(taken); // who gets none is refused: that is what it is for
  const closing = hog.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'posthorn%'`,
  );
  await Promise.allSettled([closing]);
  await waiting;
  await hog.close();
  return null;
}

const slow: FaultKind = {
  name: 'Postgres slow',
  effect: 'outage',
  draw: ({ stack }, random) => {
    const delayMs = between(30, 250, random);
    const forMs = between(2_000, 4_000, random);
    return {
      on: 'postgres',
      touches: ['postgres'],
      run: async () => {
        for (const { postgres } of stack.members) postgres.delayMs = delayMs;
        await delay(forMs);
        for (const { postgres } of stack.members) postgres.delayMs = 0;
        return `${Math.round(delayMs)} ms each way`;
      },
    };
  },
};

const OLD_SNAPSHOT_MS = 8_000;
const oldSnapshot: FaultKind = {
  name: 'an old snapshot held open',
  effect: 'none',
  draw: ({ stack, scale }) => ({
    on: 'postgres',
    touches: ['snapshot', 'postgres'],
    run: async () => {
      const { url } = stack.postgres;
      const forMs = OLD_SNAPSHOT_MS * scale;
      const reader = await Database.open({ url, appName: 'old snapshot', poolSize: 1, statementTimeoutMs: 2 * forMs });
      await reader.transaction(async () => {
        await reader.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
        await reader.query('SELECT count(*) FROM lanes');
        await reader.query('SELECT pg_sleep($1)', [forMs / 1_000]);
      });
      await reader.close();
      return null;
    },
  }),
};

export const POSTGRES_FAULTS: readonly FaultKind[] = [restarted, stopped, exhausted, slow, oldSnapshot];
