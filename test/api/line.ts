import { TcpProxy } from '#testing';
import { StatementLog } from './statement-log.js';

/** A TCP line to a database that a test can cut, and that knows what was asked. */
export class Line {
  private mute: string | null = null;
  /** What has been asked of the database through this line. */
  readonly statements = new StatementLog();

  private constructor(
    private readonly proxy: TcpProxy,
    readonly url: string,
  ) {}

  static async to(databaseUrl: string): Promise<Line> {
    const { hostname: host, port } = new URL(databaseUrl);
    const proxy = await TcpProxy.to(
      { host, port: Number(port) },
      {
        heard: (connection, bytes) => {
          line.statements.read(connection, bytes);
          if (line.mute === null || !bytes.includes(line.mute)) return;
          line.mute = null;
          connection.deafen();
        },
      },
    );
    const line = new Line(proxy, proxy.url(databaseUrl));
    return line;
  }

  /** The next request with this in it arrives, but its connection hears nothing any more. */
  loseAnswerTo(text: string): void {
    this.mute = text;
  }

  /** What is open hears and says nothing any more; what comes is let through, or with `all` accepted and left without an answer. */
  fallSilent({ all }: { all: boolean }): void {
    if (all) this.proxy.blackHole();
    else this.proxy.silence();
  }

  /** What comes is let through again; what has fallen silent stays so, as behind a firewall that forgot it. */
  letThrough(): void {
    this.proxy.letThrough();
  }

  /** Ends what is open; what comes is let through. */
  drop(): void {
    this.proxy.drop();
  }

  /** Ends what is open and refuses what comes. */
  async cut(): Promise<void> {
    await this.proxy.close();
  }

  /** After a cut: the same address is there again. */
  async mend(): Promise<void> {
    await this.proxy.reopen();
  }
}
