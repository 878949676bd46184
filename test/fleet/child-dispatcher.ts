import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { childEnvironment } from '#config';
import { nodeOptions } from './node-options.js';

const MAIN = 'dist/apps/dispatcher/src/main.js';
const STARTS_WITHIN_MS = 15_000;

/** A dispatcher as it really runs: a process of its own, which can be killed and stopped. */
export class ChildDispatcher {
  private constructor(private readonly child: ChildProcess) {}

  /** Resolves when it holds lanes. */
  static async start(env: Record<string, string>): Promise<ChildDispatcher> {
    const child = spawn(process.execPath, [MAIN], {
      env: childEnvironment({
        ...env,
        NODE_OPTIONS: nodeOptions(env.NODE_OPTIONS),
        LOG_LEVEL: 'info',
        DISPATCHER_PORT: '0',
      }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await saysHolding(child);
    return new ChildDispatcher(child);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    this.child.kill(name);
  }

  /** At once, and gone when this resolves. */
  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
  }

  /** In good order; a process that is stopped or dead already is no failure. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGCONT');
    this.child.kill('SIGTERM');
    await gone;
  }
}

function saysHolding(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => {
      reject(new Error(`The dispatcher did not start: ${said}`));
    }, STARTS_WITHIN_MS);
    const listen = (text: Buffer): void => {
      said += text.toString();
      if (!said.includes('holding lanes')) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`The dispatcher ended with ${String(code)}: ${said}`));
    });
  });
}
