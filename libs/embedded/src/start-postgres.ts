import { setTimeout as delay } from 'node:timers/promises';
import { postgresAccount } from './account.js';
import { findBinaries } from './binaries.js';
import { createData, hasData, SUPERUSER } from './data-directory.js';
import { freePort } from './free-port.js';
import { startGuarded } from './start-guarded.js';
import type { GuardedServer } from './start-guarded.js';
import { stopOrphan } from './stop-orphan.js';

export interface PostgresOptions {
  /** Absolute. Made when it is not there. */
  dataDirectory: string;
  /** Of the loopback, if it is free; else any. */
  preferredPort: number;
  /** Of the superuser; what it was when the data was made. */
  password: string;
  /** `name=value` lines over the defaults. */
  settings: readonly string[];
  /** Remove this directory when the server has ended; null = keep. */
  removeAfterwards: string | null;
}

export interface RunningPostgres extends GuardedServer {
  readonly port: number;
  /** Address of a database of this cluster. */
  url(database: string): string;
}

const READY = 'database system is ready to accept connections';
/** After a kill -9 of the server alone its processes need a moment to notice; until then a new one refuses to start. */
const STILL_ENDING = /shared memory block .* still in use|lock file "postmaster.pid" already exists/;
const RETRY_EVERY_MS = 200;
const RETRY_FOR_MS = 5_000;

/** A Postgres of our own on the loopback. It ends with us, however we end. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const account = await postgresAccount();
  const binaries = await findBinaries(account);
  if (await hasData(options.dataDirectory)) await stopOrphan(options.dataDirectory);
  else await createData(options.dataDirectory, { initdb: binaries.initdb, account, password: options.password });

  const port = await freePort(options.preferredPort);
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'lc_messages=C', ...options.settings];
  const server = await startPatiently({
    command: binaries.postgres,
    args: ['-D', options.dataDirectory, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    stopSignal: 'SIGINT', // "fast": ends sessions, finishes in order
    account,
    removeAfterwards: options.removeAfterwards,
  });
  const at = `${SUPERUSER}:${encodeURIComponent(options.password)}@127.0.0.1:${String(port)}`;
  return { ...server, port, url: (database) => `postgres://${at}/${database}` };
}

async function startPatiently(options: Parameters<typeof startGuarded>[0]): Promise<GuardedServer> {
  const deadline = performance.now() + RETRY_FOR_MS;
  for (;;) {
    try {
      return await startGuarded(options, (line) => line.includes(READY));
    } catch (error) {
      const temporary = error instanceof Error && STILL_ENDING.test(error.message);
      if (!temporary || performance.now() > deadline) throw error;
      await delay(RETRY_EVERY_MS);
    }
  }
}
