import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A receiver below HTTP: it says exactly which bytes came and sends exactly those it is told to. */
export interface TcpServer {
  readonly port: number;
  readonly url: string;
  /** Connections accepted so far. */
  accepted(): number;
  /** Connections open now. */
  open(): number;
  /** Everything received, over all connections. */
  received(): string;
  /** Resolves when it holds; looked at whenever something happens here. */
  until(holds: () => boolean): Promise<void>;
  close(): Promise<void>;
}

const WAIT_MS = 10_000;
const END_OF_REQUEST = '}'; // every body here is '{}'

/** @param onRequest called for each complete request, with its number on that connection (0, 1, …). */
export async function startTcpServer(
  onRequest: (socket: Socket, n: number) => void,
  onConnection: (socket: Socket) => void = () => undefined,
  at: { host: string; port: number } = { host: '127.0.0.1', port: 0 },
): Promise<TcpServer> {
  const sockets = new Set<Socket>();
  const watchers = new Set<() => void>();
  let accepted = 0;
  let received = '';
  const changed = (): void => {
    for (const watcher of watchers) watcher();
  };

  const server = createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    let requests = 0;
    socket
      .on('data', (chunk) => {
        received += chunk.toString('latin1');
        if (chunk.toString('latin1').endsWith(END_OF_REQUEST)) onRequest(socket, requests++);
        changed();
      })
      .on('error', () => undefined) // the other side may reset
      .on('close', () => {
        sockets.delete(socket);
        changed();
      });
    onConnection(socket);
    changed();
  });
  server.listen(at.port, at.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    port,
    url: `http://${at.host}:${String(port)}/in`,
    accepted: () => accepted,
    open: () => sockets.size,
    received: () => received,
    until: (holds) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error(`not so within ${String(WAIT_MS)} ms: ${String(holds)}`));
        }, WAIT_MS);
        const look = (): void => {
          if (!holds()) return;
          clearTimeout(timer);
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** An answer without surprises. */
export const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
/** The same in chunks. */
export const CHUNKED_OK = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n';
