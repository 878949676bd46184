import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from './start-error.js';

export interface App {
  readonly name: string;
  /** Its compiled main file: what a process list shows. */
  readonly main: string;
  readonly env: Record<string, string>;
  /** Answers 200 when the app can work. */
  readonly readyUrl: string;
}

const RESTART_AFTER_MS = 200;
const READY_POLL_MS = 50;
/** One that does not even listen after this long hangs: it is ended, and so started again. */
const SILENT_MS = 30_000;
/** An app that ends this often before it was ever ready will not become ready by trying again. */
const ATTEMPTS_AT_BOOT = 3;
const LINES_SHOWN = 12;

/**
 * One app as a process of its own: started again whenever it ends, until it is stopped. It leads a session of its own, so that Ctrl-C in the
 * terminal reaches only the launcher, and has a channel to the launcher by whose end it notices that the launcher was killed.
 */
export class SupervisedApp {
  private child: ChildProcess | null = null;
  private exited: Promise<void> = Promise.resolve();
  private stopping = false;
  private wasReady = false;
  private failures = 0;
  private restart: NodeJS.Timeout | undefined;
  /** Not shown until it is ready or has failed: three starts in vain would say the same three times. */
  private bootLines: string[] = [];
  private settle: { ready(): void; failed(error: StartError): void } | null = null;

  constructor(
    private readonly app: App,
    private readonly onLine: (app: string, line: string) => void,
    private readonly say: (line: string) => void,
  ) {}

  /** Resolves when it is ready for the first time. Throws StartError when it will not be. */
  start(): Promise<void> {
    return new Promise((ready, failed) => {
      this.settle = { ready, failed };
      this.launch();
    });
  }

  /** SIGTERM, and SIGKILL when that takes longer than `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restart);
    if (!this.child) return;
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child?.kill('SIGKILL'), graceMs);
    await this.exited;
    clearTimeout(timer);
  }

  private launch(): void {
    this.bootLines = [];
    const child = spawn(process.execPath, ['--enable-source-maps', this.app.main], {
      detached: true,
      env: this.app.env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child = child;
    for (const input of [child.stdout, child.stderr]) {
      if (input) createInterface({ input }).on('line', (line) => this.heard(line));
    }
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.child = null;
        resolve();
        this.ended(signal ?? `code ${String(code)}`);
      });
    });
    void this.watchStart(child);
  }

  private async watchStart(child: ChildProcess): Promise<void> {
    const deadline = performance.now() + SILENT_MS;
    while (this.child === child && !this.stopping) {
      const status = await answer(this.app.readyUrl);
      if (status === 200) {
        this.becameReady();
        return;
      }
      if (status !== null && this.wasReady) return; // it listens, and waits for what it needs
      if (performance.now() > deadline) child.kill('SIGKILL');
      await delay(READY_POLL_MS);
    }
  }

  private becameReady(): void {
    if (this.wasReady) return;
    this.wasReady = true;
    for (const line of this.bootLines) this.onLine(this.app.name, line);
    this.settle?.ready();
  }

  private ended(how: string): void {
    if (this.stopping) return;
    if (this.wasReady) this.say(`The ${this.app.name} ended (${how}); starting it again.`);
    else if (++this.failures >= ATTEMPTS_AT_BOOT) {
      this.settle?.failed(this.failure());
      return;
    }
    this.restart = setTimeout(() => {
      this.launch();
    }, RESTART_AFTER_MS);
  }

  private heard(line: string): void {
    if (this.wasReady) this.onLine(this.app.name, line);
    else this.bootLines = [...this.bootLines, line].slice(-LINES_SHOWN);
  }

  private failure(): StartError {
    const said = this.bootLines.length > 0 ? ` It said:\n  ${this.bootLines.join('\n  ')}` : '';
    return new StartError(`The ${this.app.name} ended ${String(ATTEMPTS_AT_BOOT)} times before it was ready.${said}`);
  }
}

/** The status of its answer; null = none. */
async function answer(url: string): Promise<number | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.status;
  } catch {
    return null;
  }
}
