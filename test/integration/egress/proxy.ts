import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** An HTTP proxy in the test's hands: it records what it is asked for, and does as it is told. */
export class TestProxy {
  /** Of each CONNECT, in order. */
  readonly asked: { authority: string; authorization: string | undefined }[] = [];
  /** What it answers; 200 = it makes the tunnel, null = nothing, ever. */
  status: number | null = 200;
  private readonly server: Server = createServer();
  private readonly sockets = new Set<Socket>();

  static async start(): Promise<TestProxy> {
    const proxy = new TestProxy();
    proxy.server.on('connection', (socket) => proxy.keep(socket));
    proxy.server.on('connect', (request: IncomingMessage, socket: Socket) => {
      proxy.serve(request, socket);
    });
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  url(credentials = ''): string {
    return `http://${credentials}127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private serve(request: IncomingMessage, socket: Socket): void {
    const authority = request.url ?? '';
    this.asked.push({ authority, authorization: request.headers['proxy-authorization'] });
    if (this.status === null) return;
    if (this.status !== 200) {
      socket.end(`HTTP/1.1 ${String(this.status)} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${authority}`);
    const onward = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    this.keep(onward);
    socket.once('close', () => onward.destroy());
    onward.once('close', () => socket.destroy());
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
  }
}
