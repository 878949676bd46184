import { prepareQueue } from '#lanes';
import { runMigrations } from '#persistence';
import type { Settings } from './settings.js';
import { StartError } from './start-error.js';

/** Brings the database to this version, with the queue's schema when the queue lives in it. Throws StartError when it is away. */
export async function prepareDatabase(url: string, settings: Settings): Promise<void> {
  try {
    await runMigrations(url);
    await prepareQueue({
      redisUrl: settings.redisUrl,
      databaseUrl: url,
      name: settings.queue.name,
      prefix: settings.queue.prefix,
    });
  } catch (error) {
    throw new StartError(sentence(error, new URL(url)));
  }
}

function sentence(error: unknown, { host, pathname }: URL): string {
  const remedy = 'correct DATABASE_URL, or unset it for the embedded Postgres.';
  const { code, message } = reason(error);
  if (code === '28P01' || code === '28000') return `The Postgres at ${host} refuses the user or password: ${remedy}`;
  if (code === '3D000') return `The Postgres at ${host} has no database ${pathname.slice(1)}: create it, ${remedy}`;
  if (isAway(code, message))
    return `The Postgres at ${host} cannot be reached (${code || message}): start it, ${remedy}`;
  return `The database at ${host}${pathname} could not be prepared (${message}): ${remedy}`;
}

const AWAY = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNRESET'];

function isAway(code: string, message: string): boolean {
  return AWAY.includes(code) || /timeout|terminated/i.test(message);
}

/** A refused connection is an AggregateError without a message: one error for each address tried. */
function reason(error: unknown): { code: string; message: string } {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (!(first instanceof Error)) return { code: '', message: String(first) };
  const { code } = first as NodeJS.ErrnoException;
  return { code: typeof code === 'string' ? code : '', message: first.message };
}
