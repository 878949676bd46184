import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { postgresAccount } from './account.js';
import type { Account } from './account.js';
import { canReach } from './reachable.js';

const run = promisify(execFile);

export const SUPERUSER = 'posthorn';

/** Whether a finished cluster lies there. */
export async function hasData(directory: string): Promise<boolean> {
  return (await stat(join(directory, 'PG_VERSION')).catch(() => null)) !== null;
}

/**
 * Makes an empty cluster with one superuser. It appears under its name only when it is whole: a process killed while it is made leaves
 * nothing that looks like one.
 */
export async function createData(
  directory: string,
  options: { initdb: string; account: Account | null; password: string },
): Promise<void> {
  const fresh = `${directory}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(dirname(directory), { recursive: true });
  await mkdir(fresh, { mode: 0o700 });
  const data = join(fresh, 'data');
  const passwordFile = join(fresh, 'password');
  await writeFile(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (options.account) {
    await chown(passwordFile, options.account.uid, options.account.gid);
    await chown(fresh, options.account.uid, options.account.gid);
  }
  await run(
    options.initdb,
    [
      ...[`--pgdata=${data}`, `--username=${SUPERUSER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
      ...['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'],
    ],
    { cwd: '/', ...(options.account ?? {}) },
  );
  await rename(data, directory);
  await rm(fresh, { recursive: true, force: true });
  await chmod(directory, 0o700);
}

const LOCK = 'postmaster.pid';

/** The process that the lock file names, alive or not; null = no lock file. */
export async function readLock(directory: string): Promise<number | null> {
  const text = await readFile(join(directory, LOCK), 'utf8').catch(() => null);
  const pid = Number(text?.split('\n')[0]);
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

export async function removeLock(directory: string): Promise<void> {
  await rm(join(directory, LOCK), { force: true });
}

/** The preferred directory, or the other one when Postgres runs as an account that cannot get there (a checkout below /root). */
export async function placeData(preferred: string, otherwise: string): Promise<string> {
  const account = await postgresAccount();
  return account === null || (await canReach(preferred, account)) ? preferred : otherwise;
}
