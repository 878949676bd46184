import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasData, placeData, startPostgres } from '#embedded';
import type { RunningPostgres } from '#embedded';
import type { DataHome } from './data-home.js';
import { StartError } from './start-error.js';

/** Our own Postgres, kept running until it is stopped. */
export interface OwnDatabase {
  readonly url: string;
  readonly directory: string;
  stop(): Promise<void>;
}

const ALL_APPS = ['max_connections=200'];
const START_AGAIN_AFTER_MS = 1_000;
/** Where root keeps it when the account of Postgres cannot enter the checkout. */
const FOR_ROOT = '/var/lib/posthorn';

/** Starts it, and starts it again whenever it ends unasked. Throws StartError. */
export async function openOwnDatabase(home: DataHome, say: (line: string) => void): Promise<OwnDatabase> {
  const directory = await directoryOf(home, say);
  let stopping = false;
  let server = await start(home, directory);
  const { url } = await rememberPort(home, server);

  const keepRunning = async (): Promise<void> => {
    for (;;) {
      await server.ended;
      if (stopping) return;
      say('Postgres ended; starting it again.');
      try {
        server = await start(home, directory);
      } catch (error) {
        say(error instanceof Error ? error.message : String(error));
        await delay(START_AGAIN_AFTER_MS);
      }
    }
  };
  void keepRunning();
  return {
    url,
    directory,
    stop: () => {
      stopping = true; // one that is just being started again ends with us
      return server.stop();
    },
  };
}

async function directoryOf(home: DataHome, say: (line: string) => void): Promise<string> {
  const known = home.remembered.postgres.directory;
  if (known !== null) return known;
  const preferred = join(home.directory, 'postgres');
  const checkout = createHash('sha256').update(home.directory).digest('hex').slice(0, 12);
  const directory = await placeData(preferred, join(FOR_ROOT, checkout, 'postgres'));
  if (await hasData(directory)) {
    throw new StartError(
      `${directory} holds a database, but its password in ${join(home.directory, 'secrets.json')} is gone: restore that file, or remove the database to begin anew.`,
    );
  }
  if (directory !== preferred) {
    say(
      `The database is kept in ${directory}: as root, Postgres runs as an account that cannot enter ${shortened(home.directory)}.`,
    );
  }
  await home.remember({ postgres: { ...home.remembered.postgres, directory } });
  return directory;
}

async function start(home: DataHome, dataDirectory: string): Promise<RunningPostgres> {
  const { password, port } = home.remembered.postgres;
  try {
    const options = { dataDirectory, preferredPort: port, password, settings: ALL_APPS, removeAfterwards: null };
    return await startPostgres(options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(
      `The embedded Postgres does not start: ${reason}\nSet DATABASE_URL to a Postgres of your own, or remove ${dataDirectory} to begin anew.`,
    );
  }
}

async function rememberPort(home: DataHome, server: RunningPostgres): Promise<{ url: string }> {
  if (server.port !== home.remembered.postgres.port) {
    await home.remember({ postgres: { ...home.remembered.postgres, port: server.port } });
  }
  return { url: server.url('postgres') };
}

function shortened(path: string): string {
  return path.startsWith(homedir()) ? path.replace(homedir(), '~') : path;
}
