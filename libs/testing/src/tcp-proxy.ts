import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** One connection through a proxy. */
export interface ProxiedConnection {
  /** From now on the client hears nothing of what the server says. */
  deafen(): void;
}

interface ProxyOptions {
  /** What a client says, before it is passed on. */
  heard?(connection: ProxiedConnection, bytes: Buffer): void;
}

/** What one end says, on its way to the other: in its order, each piece as late as the proxy says. */
class Flow {
  private readonly waiting: { at: number; bytes: Buffer | null }[] = [];
  private timer: NodeJS.Timeout | null = null;
  private muted = false;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly proxy: { readonly delayMs: number },
  ) {
    to.on('drain', () => from.resume());
  }

  mute(): void {
    this.muted = true;
  }

  /** Null: the end of it. */
  push(bytes: Buffer | null): void {
    if (bytes !== null && this.muted) return;
    if (this.waiting.length === 0 && this.proxy.delayMs === 0) {
      this.pass(bytes);
      return;
    }
    const last = this.waiting.at(-1)?.at ?? 0;
    this.waiting.push({ at: Math.max(last, performance.now() + this.proxy.delayMs), bytes });
    this.wait();
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.waiting.length = 0;
  }

  private wait(): void {
    const next = this.waiting[0];
    if (this.timer || !next) return;
    this.timer = setTimeout(
      () => {
        this.timer = null;
        while (this.waiting[0] && this.waiting[0].at <= performance.now())
          this.pass(this.waiting.shift()?.bytes ?? null);
        this.wait();
      },
      Math.max(0, next.at - performance.now()),
    );
  }

  private pass(bytes: Buffer | null): void {
    if (bytes === null) this.to.destroySoon();
    else if (!this.to.write(bytes)) this.from.pause();
  }
}

/** A TCP line between two processes that a test can cut, slow down or turn into a black hole, in both directions at once. */
export class TcpProxy {
  /** Every piece is passed on so much later. */
  delayMs = 0;
  readonly port: number;
  private readonly sockets = new Set<Socket>();
  private readonly flows = new Set<Flow>();
  private readonly silent = new Set<Socket>();
  private hole = false;

  private constructor(
    private readonly server: Server,
    /** Where new connections lead. */
    public target: Address,
    private readonly options: ProxyOptions,
  ) {
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (near) => {
      this.join(near);
    });
  }

  static async to(target: Address, options: ProxyOptions = {}): Promise<TcpProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, target, options);
  }

  /** The same URL, through this proxy. */
  url(of: string): string {
    const url = new URL(of);
    url.host = `127.0.0.1:${this.port}`;
    return url.href;
  }

  /** What is open hears and says nothing any more, and nobody is told; what comes is let through. */
  silence(): void {
    for (const flow of this.flows) flow.mute();
    for (const socket of this.sockets) this.silent.add(socket);
  }

  /** The same, and what comes is taken and leads nowhere. */
  blackHole(): void {
    this.silence();
    this.hole = true;
  }

  /** What comes is let through, in time; what fell silent stays so, as behind a firewall that forgot it. */
  letThrough(): void {
    this.delayMs = 0;
    this.hole = false;
  }

  /** As before. Connections that fell silent are reset: they have lost bytes. */
  heal(): void {
    this.letThrough();
    for (const socket of this.silent) socket.destroy();
  }

  /** Ends what is open; what comes is let through. */
  drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Ends what is open and refuses what comes. */
  async close(): Promise<void> {
    this.drop();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  /** After it was closed: at the same address again. */
  async reopen(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  private join(near: Socket): void {
    this.keep(near);
    if (this.hole) {
      this.silent.add(near.resume());
      return;
    }
    const far = connect(this.target.port, this.target.host);
    this.keep(far);
    const [there, back] = [new Flow(near, far, this), new Flow(far, near, this)];
    this.flows.add(there).add(back);
    const connection: ProxiedConnection = {
      deafen: () => {
        back.mute();
      },
    };
    near.on('data', (bytes: Buffer) => {
      this.options.heard?.(connection, bytes);
      there.push(bytes);
    });
    far.on('data', (bytes: Buffer) => {
      back.push(bytes);
    });
    for (const [socket, own, others] of [
      [near, there, back],
      [far, back, there],
    ] as const) {
      socket.on('close', () => {
        this.flows.delete(own);
        others.stop(); // nobody is left to read it
        own.push(null);
      });
    }
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket
      .on('error', () => undefined) // the other side may reset
      .on('close', () => {
        this.sockets.delete(socket);
        this.silent.delete(socket);
      });
  }
}
