import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatMasterKeys } from '#config';
import { commandLine } from '#embedded';
import { newApiKey } from '#signing';
import { StartError } from './start-error.js';

/** Made once, at the first start; everything that must be the same at the next. */
export interface Remembered {
  masterKeys: string;
  tenantKey: string;
  operatorToken: string;
  postgres: { password: string; port: number; directory: string | null };
}

/** The directory that holds the data of `npm start`. */
export interface DataHome {
  readonly directory: string;
  /** Nothing had been remembered. */
  readonly isNew: boolean;
  readonly remembered: Remembered;
  remember(changes: Partial<Remembered>): Promise<void>;
  /** Writes a file that only this user may read, whole or not at all. */
  write(name: string, text: string): Promise<void>;
  leave(): Promise<void>;
}

const TRAVERSABLE = 0o711; // as root, Postgres runs as another account; what is secret has its own mode
const KEY_BYTES = 32;
const SECRETS = 'secrets.json';
const LOCK = 'launcher.pid';

/** Throws StartError when another launcher works there. */
export async function openDataHome(directory: string): Promise<DataHome> {
  await mkdir(directory, { recursive: true, mode: TRAVERSABLE });
  await lock(directory);
  const write = (name: string, text: string): Promise<void> => writePrivately(directory, name, text);
  const found = await readRemembered(join(directory, SECRETS));
  const home = {
    directory,
    isNew: found === null,
    remembered: found ?? firstTime(),
    remember: async (changes: Partial<Remembered>): Promise<void> => {
      Object.assign(home.remembered, changes);
      await write(SECRETS, `${JSON.stringify(home.remembered, null, 2)}\n`);
    },
    write,
    leave: () => rm(join(directory, LOCK), { force: true }),
  };
  if (home.isNew) await home.remember({});
  return home;
}

function firstTime(): Remembered {
  return {
    masterKeys: formatMasterKeys([{ id: 'dev', key: randomBytes(KEY_BYTES) }]),
    tenantKey: newApiKey(),
    operatorToken: newApiKey(),
    postgres: { password: randomBytes(KEY_BYTES).toString('base64url'), port: 0, directory: null },
  };
}

async function readRemembered(path: string): Promise<Remembered | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return JSON.parse(text) as Remembered;
  } catch {
    throw new StartError(`${path} cannot be read as JSON: restore it, or remove its directory to begin anew.`);
  }
}

async function writePrivately(directory: string, name: string, text: string): Promise<void> {
  const path = join(directory, name);
  const fresh = `${path}.new`;
  await rm(fresh, { force: true }); // a mode is given only to a file that is made
  await writeFile(fresh, text, { mode: 0o600 });
  await rename(fresh, path);
}

/** One launcher a directory. A file left by one that was killed names no launcher that lives. */
async function lock(directory: string): Promise<void> {
  const path = join(directory, LOCK);
  const pid = Number(await readFile(path, 'utf8').catch(() => ''));
  if (pid > 0 && pid !== process.pid && (await commandLine(pid))?.includes('standalone')) {
    throw new StartError(
      `npm start already runs on ${directory} (process ${String(pid)}): stop it, or set POSTHORN_DATA_DIR to another directory.`,
    );
  }
  await writeFile(path, String(process.pid));
}
