import { connect } from 'node:net';

/** Empties the database of this URL, as if Redis had lost everything. For the Redis of the tests only. */
export async function flushRedis(url: string): Promise<void> {
  await tellRedis(url, ['FLUSHDB SYNC']);
}

/** Gives commands to the Redis of this URL, one after the other. Throws at the first that it refuses. For the Redis of the tests only. */
export async function tellRedis(url: string, orders: readonly string[]): Promise<void> {
  const { hostname, port, password, pathname } = new URL(url);
  const commands = [
    ...(password === '' ? [] : [`AUTH ${decodeURIComponent(password)}`]),
    `SELECT ${pathname.slice(1) || '0'}`,
    ...orders,
    'QUIT',
  ];
  const socket = connect(Number(port) || 6379, hostname);
  const replies: string[] = [];
  for await (const chunk of socket.end(`${commands.join('\r\n')}\r\n`).setEncoding('utf8')) replies.push(String(chunk));
  const wrong = replies
    .join('')
    .split('\r\n')
    .find((line) => line.startsWith('-'));
  if (wrong !== undefined) throw new Error(`Redis refused: ${wrong}`);
}
