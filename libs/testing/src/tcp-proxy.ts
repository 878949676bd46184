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
    private readonly proxy: { readonly delayMs: number; readonly swallows: boolean },
  ) {
    to.on('drain', () => from.resume());
  }

  mute(): void {
    this.muted = true;
  }

  /** Null: the end of it. */
  push(bytes: Buffer | null): void {
    if (bytes !== null && (this.muted || this.proxy.swallows)) return;
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
  private readonly sockets = new Set<Socket>();
  private hole = false;

  private constructor(
    private readonly server: Server,
    /** Where new connections lead. */
    public target: Address,
    private readonly options: ProxyOptions,
  ) {}

  static async to(target: Address, options: ProxyOptions = {}): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server, target, options);
    server.on('connection', (near) => {
      proxy.join(near);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The same URL, through this proxy. */
  url(of: string): string {
    const url = new URL(of);
    url.host = `127.0.0.1:${this.port}`;
    return url.href;
  }

  get swallows(): boolean {
    return this.hole;
  }

  /** Whatever is said is lost and nobody is told; new connections are taken and lead nowhere. */
  blackHole(): void {
    this.hole = true;
  }

  /** As before. Connections that were in the black hole are reset: they have lost bytes. */
  heal(): void {
    this.delayMs = 0;
    if (!this.hole) return;
    this.hole = false;
    this.drop();
  }

  /** Ends what is open; what comes is let through. */
  drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Ends what is open and refuses what comes, for good. */
  async close(): Promise<void> {
    this.drop();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  private join(near: Socket): void {
    this.sockets.add(near.on('error', () => undefined)); // the other side may reset
    if (this.hole) {
      near.on('data', () => undefined).on('close', () => this.sockets.delete(near));
      return;
    }
    const far = connect(this.target.port, this.target.host).on('error', () => undefined);
    this.sockets.add(far);
    const [there, back] = [new Flow(near, far, this), new Flow(far, near, this)];
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
        this.sockets.delete(socket);
        others.stop(); // nobody is left to read it
        own.push(null);
      });
    }
  }
}
