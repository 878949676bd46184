import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ChildOptions {
  /** Its compiled main file, relative to the compiled bench/. */
  readonly main: string;
  readonly env: Record<string, string>;
  /** For node itself. */
  readonly nodeArguments?: readonly string[];
}

const KILL_AFTER_MS = 10_000;
const LINES_KEPT = 10;

/**
 * A process of the bench. It leads a session of its own, so that Ctrl-C reaches only the harness, and ends by itself when its channel to the
 * harness closes, however that ended.
 */
export class Child {
  /** Rejects when it ends before it was stopped; never resolves. */
  readonly failed: Promise<never>;
  /** What it wrote last. */
  readonly lines: string[] = [];
  private readonly exited: Promise<unknown>;
  private stopping = false;

  private constructor(
    private readonly process: ChildProcess,
    private readonly main: string,
  ) {
    this.exited = once(process, 'exit');
    for (const input of [process.stdout, process.stderr]) {
      if (input) createInterface({ input }).on('line', (line) => this.keep(line));
    }
    this.failed = this.exited.then(() => this.ended());
    this.failed.catch(() => undefined); // whoever waits for something hears it
  }

  static start({ main, env, nodeArguments = [] }: ChildOptions): Child {
    const file = fileURLToPath(new URL(main, import.meta.url));
    const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const;
    return new Child(
      spawn(process.execPath, [...nodeArguments, file], { detached: true, env, stdio: [...stdio] }),
      main,
    );
  }

  get pid(): number {
    const { pid } = this.process;
    if (pid === undefined) throw new Error(`${this.main} did not start`);
    return pid;
  }

  /** Asks, and waits for its next message. */
  ask<Answer>(question: object): Promise<Answer> {
    const answer = this.told<Answer>();
    this.process.send(question);
    return answer;
  }

  /** Its next message. */
  told<Message>(): Promise<Message> {
    const message = once(this.process, 'message').then(([first]) => first as Message);
    return Promise.race([message, this.failed]);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), KILL_AFTER_MS);
    await this.exited;
    clearTimeout(timer);
  }

  private keep(line: string): void {
    this.lines.push(line);
    if (this.lines.length > LINES_KEPT) this.lines.shift();
  }

  private ended(): Promise<never> {
    if (this.stopping) return new Promise<never>(() => undefined);
    return Promise.reject(new Error(`${this.main} ended. It said:\n  ${this.lines.join('\n  ')}`));
  }
}
