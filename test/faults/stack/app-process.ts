import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { childEnvironment } from '#config';
import { nodeOptions } from '../../fleet/node-options.js';
import { now } from '../settings.js';

export type Role = 'api' | 'dispatcher';

/** What a preload is told: see `preload/`. */
export type Order = { arm: string } | { clockOffMs: number };

const LINES_KEPT = 30;
const AGAIN_AFTER_MS = 300;
const STOPPED_WITHIN_MS = 20_000;
const PRELOAD = pathToFileURL('dist/test/faults/preload/main.js').href;
const PAGE_BYTES = 4_096;

/** What a process holds of its machine. */
export interface Footprint {
  residentBytes: number;
  handles: number;
}

/** One of the apps, as it really runs, under a supervisor that starts it again when it ends. */
export class AppProcess {
  private child: ChildProcess | null = null;
  private exited: Promise<unknown> = Promise.resolve();
  private wanted = false;
  private timer: NodeJS.Timeout | null = null;
  private readonly lines: string[] = [];
  /** When it ended though nobody made it end: at most what a fault that was under way explains. */
  readonly fell: { startedAt: number; at: number; how: string; last: string[] }[] = [];
  private killing = false;
  startedAt = 0;

  constructor(
    readonly name: string,
    readonly role: Role,
    /** Of its API, or of its health. */
    readonly port: number,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.child !== null;
  }

  get lastLines(): readonly string[] {
    return this.lines;
  }

  /** `more`: for this start alone. */
  start(more: Readonly<Record<string, string>> = {}): void {
    this.wanted = true;
    this.startedAt = now();
    const child = spawn(process.execPath, [`dist/apps/${this.role}/src/main.js`], {
      detached: true, // Ctrl-C reaches only us: we decide when it stops
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: childEnvironment({ ...this.env, NODE_OPTIONS: nodeOptions(`--import ${PRELOAD}`), ...more }),
    });
    for (const input of [child.stdout, child.stderr]) {
      if (input) createInterface({ input }).on('line', (line) => this.keep(line));
    }
    this.child = child;
    this.exited = once(child, 'exit').then(([code, signal]) => {
      this.ended(String(code ?? signal));
    });
  }

  /** kill -9; it is started again by `start`. */
  async kill(): Promise<void> {
    this.killing = true;
    this.wanted = false;
    this.signal('SIGKILL');
    await this.exited;
    this.killing = false;
  }

  /** It is about to die by its own hand, at the point it was told; true: it did, within that time. */
  async dies(withinMs: number): Promise<boolean> {
    this.killing = true;
    this.wanted = false;
    const dead = await this.endsWithin(withinMs);
    if (!dead) this.wanted = true;
    this.killing = false;
    return dead;
  }

  /** SIGTERM; resolves when it has ended. */
  async stop(): Promise<void> {
    this.wanted = false;
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    if (!this.child) return;
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    if (!(await this.endsWithin(STOPPED_WITHIN_MS))) {
      this.fell.push({ startedAt: this.startedAt, at: now(), how: 'did not stop', last: [...this.lines] });
      await this.kill();
    }
  }

  signal(name: NodeJS.Signals): void {
    this.child?.kill(name);
  }

  tell(order: Order): void {
    if (this.child?.connected) this.child.send(order);
  }

  async isReady(): Promise<boolean> {
    if (!this.child) return false;
    try {
      const response = await fetch(`http://127.0.0.1:${this.port}/health/ready`, {
        signal: AbortSignal.timeout(3_000),
      });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  }

  async footprint(): Promise<Footprint> {
    const [memory, descriptors] = await Promise.all([
      readFile(`/proc/${this.pid}/statm`, 'utf8'),
      readdir(`/proc/${this.pid}/fd`),
    ]);
    return { residentBytes: Number(memory.split(' ')[1]) * PAGE_BYTES, handles: descriptors.length };
  }

  private async endsWithin(ms: number): Promise<boolean> {
    const timer = new AbortController();
    const late = once(timer.signal, 'abort').then(() => false);
    const alarm = setTimeout(() => {
      timer.abort();
    }, ms);
    const ended = await Promise.race([this.exited.then(() => true), late]);
    clearTimeout(alarm);
    return ended;
  }

  private ended(how: string): void {
    this.child = null;
    if (!this.wanted || this.killing) return;
    this.fell.push({ startedAt: this.startedAt, at: now(), how, last: [...this.lines] });
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.wanted) this.start();
    }, AGAIN_AFTER_MS);
  }

  private keep(line: string): void {
    this.lines.push(line);
    if (this.lines.length > LINES_KEPT) this.lines.shift();
  }
}
