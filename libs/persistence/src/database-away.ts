import { DatabaseSilent } from './database-watch.js';

/** SQLSTATE: 08 connection, 53 out of resources, 57 shut down or cancelled (57014 is a statement timeout), 25006 read-only after a fail-over. */
const AWAY = /^(08|53|57|25006)/;
const AWAY_SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOENT',
]);
const AWAY_MESSAGE =
  /timeout exceeded when trying to connect|Connection terminated|Query read timeout|Client (has encountered a connection error|was closed)|Query runner already released/i;

/** Postgres answered, and refused: the connection is fine. */
export function isRefusal(error: Error): boolean {
  return sqlState(error) !== undefined && !isDatabaseAway(error);
}

/** The five characters of a Postgres error, if it is one. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** True: Postgres could not be asked (or not in time); the same may succeed later. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof DatabaseSilent) return true;
  const state = sqlState(error);
  if (state !== undefined && !AWAY_SYSTEM.has(state)) return AWAY.test(state);
  const { code, message } = error as { code?: unknown; message?: unknown };
  return (
    (typeof code === 'string' && AWAY_SYSTEM.has(code)) || (typeof message === 'string' && AWAY_MESSAGE.test(message))
  );
}

/** Transaction rolled back to resolve a conflict (deadlock, serialization), or a lock that could not be had in time. */
const CONFLICT = /^(40|55P03)/;

/** True: nothing is wrong with the request or the data, the same will very likely succeed in a moment. */
export function isPassing(error: unknown): boolean {
  return isDatabaseAway(error) || CONFLICT.test(sqlState(error) ?? '');
}
