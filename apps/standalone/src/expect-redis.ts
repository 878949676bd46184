import { connect } from 'node:net';
import { StartError } from './start-error.js';

const TIMEOUT_MS = 3_000;
const STANDARD_PORT = 6379;

/** Something listens where REDIS_URL points. What it is, the queue finds out. Throws StartError. */
export async function expectRedis(redisUrl: string): Promise<void> {
  const { hostname, port, host } = new URL(redisUrl);
  const failure = await tryConnect(hostname.replace(/^\[|\]$/g, ''), Number(port) || STANDARD_PORT);
  if (failure === null) return;
  throw new StartError(
    `The Redis at ${host} cannot be reached (${failure}): start it, correct REDIS_URL, or unset it to keep the queue in Postgres.`,
  );
}

function tryConnect(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS });
    const end = (failure: string | null) => () => {
      socket.destroy();
      resolve(failure);
    };
    socket.once('connect', end(null));
    socket.once('timeout', end('no answer'));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      end(error.code ?? error.message)();
    });
  });
}
