import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** Nobody listens yet on a port that was just given, so the system may well name it again. */
const given = new Set<number>();

/** A port of the loopback that nothing listens on: `wanted` if it is free, else any, and never one that this process was given before. */
export async function freePort(wanted = 0): Promise<number> {
  let port = wanted === 0 ? null : await tryPort(wanted);
  while (port === null || (port !== wanted && given.has(port))) {
    port = await tryPort(0);
    if (port === null) throw new Error('No port of the loopback is free');
  }
  given.add(port);
  return port;
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(null);
    });
    server.listen(port, '127.0.0.1', () => {
      const { port: found } = server.address() as AddressInfo;
      server.close(() => {
        resolve(found);
      });
    });
  });
}
