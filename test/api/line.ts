import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { StatementLog } from './statement-log.js';

/** A TCP line to a database that a test can cut, and that can fall silent. */
export class Line {
  private readonly sockets = new Set<Socket>();
  private mute: string | null = null;
  private swallows = false;
  /** What has been asked of the database through this line. */
  readonly statements = new StatementLog();

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
    readonly url: string,
  ) {
    server.on('connection', (near) => {
      this.connect(near);
    });
  }

  static async to(databaseUrl: string): Promise<Line> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new Line(server, new URL(databaseUrl), url.href);
  }

  /** The next request with this in it arrives, but its connection hears nothing any more. */
  loseAnswerTo(text: string): void {
    this.mute = text;
  }

  /** What is open hears and says nothing any more; what comes is let through, or with `all` accepted and left without an answer. */
  fallSilent({ all }: { all: boolean }): void {
    this.swallows = all;
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  /** What comes is let through again; what has fallen silent stays so, as behind a firewall that forgot it. */
  letThrough(): void {
    this.swallows = false;
  }

  /** Ends what is open; what comes is let through. */
  drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Ends what is open and refuses what comes. */
  async cut(): Promise<void> {
    this.drop();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  /** After a cut: the same address is there again. */
  async mend(): Promise<void> {
    this.server.listen(Number(new URL(this.url).port), '127.0.0.1');
    await once(this.server, 'listening');
  }

  private connect(near: Socket): void {
    this.keep(near);
    if (this.swallows) return;
    const far = connect(Number(this.target.port), this.target.hostname);
    this.keep(far);
    near.on('data', (bytes: Buffer) => {
      this.statements.read(near, bytes);
      if (this.mute === null || !bytes.includes(this.mute)) return;
      this.mute = null;
      far.unpipe(near).resume();
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.pipe(other);
      one.on('close', () => other.destroy());
    }
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => this.sockets.delete(socket));
  }
}
