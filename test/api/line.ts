import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { StatementLog } from './statement-log.js';

/** A TCP line to a database that a test can cut. */
export class Line {
  private readonly sockets = new Set<Socket>();
  private mute: string | null = null;
  /** What has been asked of the database through this line. */
  readonly statements = new StatementLog();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async to(databaseUrl: string): Promise<Line> {
    const target = new URL(databaseUrl);
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const line = new Line(server, url.href);
    server.on('connection', (near) => {
      const far = connect(Number(target.port), target.hostname);
      near.on('data', (bytes: Buffer) => {
        line.statements.read(near, bytes);
        if (line.mute === null || !bytes.includes(line.mute)) return;
        line.mute = null;
        far.unpipe(near).resume();
      });
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        line.sockets.add(one);
        one.pipe(other);
        one.on('error', () => other.destroy()).on('close', () => other.destroy());
      }
    });
    return line;
  }

  /** The next request with this in it arrives, but its connection hears nothing any more. */
  loseAnswerTo(text: string): void {
    this.mute = text;
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
}
