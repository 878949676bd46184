import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { childEnvironment } from '#config';

const STARTS_WITHIN_MS = 20_000;

/** An app as it really runs, with every word it says. */
export class AppProcess {
  output = '';
  private readonly ended: Promise<unknown>;
  private readonly watchers = new Set<() => void>();

  private constructor(private readonly child: ChildProcess) {
    this.ended = once(child, 'close');
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text: Buffer) => {
        this.output += text.toString('latin1');
        for (const look of [...this.watchers]) look();
      });
    }
    void this.ended.then(() => {
      for (const look of [...this.watchers]) look();
    });
  }

  static run(name: 'api' | 'dispatcher' | 'admin', env: Record<string, string>): AppProcess {
    const main = `dist/apps/${name}/src/main.js`;
    return new AppProcess(
      spawn(process.execPath, [main], { env: childEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  }

  /** Resolves when it has said so; rejects when it ends before or takes too long. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const timer = new AbortController();
    try {
      return await new Promise<RegExpExecArray>((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(this.output);
          if (found) resolve(found);
          else if (this.child.exitCode !== null) reject(new Error(`It ended and never said ${String(pattern)}`));
        };
        this.watchers.add(look);
        timer.signal.addEventListener('abort', () => this.watchers.delete(look));
        const late = setTimeout(() => {
          reject(new Error(`It did not say ${String(pattern)} in time`));
        }, STARTS_WITHIN_MS);
        timer.signal.addEventListener('abort', () => {
          clearTimeout(late);
        });
        look();
      });
    } finally {
      timer.abort();
    }
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async end(): Promise<void> {
    await this.ended;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGTERM');
    await this.ended;
  }
}
