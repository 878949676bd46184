import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const NAME = 'postgres';

/** Who Postgres runs as: null = as we do; for root, which Postgres refuses, the system account `postgres`, made when there is none. */
export async function postgresAccount(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  return (await find()) ?? (await create());
}

async function find(): Promise<Account | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', NAME]), run('id', ['-g', NAME])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

async function create(): Promise<Account> {
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', NAME]);
  } catch {
    // said below: another process may just have made it
  }
  const account = await find();
  if (account) return account;
  throw new Error(
    'Postgres does not run as root and no system account "postgres" could be made: run as a normal user, or set DATABASE_URL.',
  );
}
