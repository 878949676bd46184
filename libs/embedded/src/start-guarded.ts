import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Account } from './account.js';

export interface GuardedServerOptions {
  command: string;
  args: readonly string[];
  /** What makes the server stop in good order. */
  stopSignal: NodeJS.Signals;
  /** Who it runs as; null = as we do. */
  account: Account | null;
  /** A directory that goes when the server has ended; null = none. */
  removeAfterwards: string | null;
}

/** A server that ends with us, however we end. */
export interface GuardedServer {
  /** Settles when it has ended, wanted or not, with its exit code. */
  readonly ended: Promise<number>;
  stop(): Promise<void>;
}

/** What a server said last may come after its end is known. */
const LAST_WORDS_MS = 500;
/** Last lines of the server's output that an error shows. */
const LINES_SHOWN = 5;
// Jest runs the sources; the guard is a process of its own and runs compiled.
const GUARD = fileURLToPath(new URL('./guard.js', import.meta.url)).replace(/(?<!\/dist)\/libs\//, '/dist/libs/');

/** Starts a server and resolves when it has written a line that is `ready`. Throws, with its last lines, when it ends before. */
export async function startGuarded(
  options: GuardedServerOptions,
  ready: (line: string) => boolean,
): Promise<GuardedServer> {
  // detached = a session of its own
  const guard = spawn(process.execPath, [GUARD, options.command], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  // not 'close': when the guard alone is killed, the server keeps its output open
  const ended = once(guard, 'exit').then(([code]: unknown[]) => (typeof code === 'number' ? code : 1));
  const closed = once(guard, 'close');
  const lines: string[] = [];
  const started = new Promise<void>((resolve) => {
    for (const input of [guard.stdout, guard.stderr].filter((stream) => stream !== null)) {
      createInterface({ input }).on('line', (line) => {
        lines.splice(0, Math.max(0, lines.length - LINES_SHOWN));
        lines.push(line);
        if (ready(line)) resolve();
      });
    }
  });
  guard.send(options);
  const early = await Promise.race([started, ended]);
  if (early !== undefined) {
    await Promise.race([closed, delay(LAST_WORDS_MS, undefined, { ref: false })]);
    throw new Error(`${options.command} ended at once: ${lines.join(' | ')}`);
  }
  return {
    ended,
    stop: async () => {
      guard.kill('SIGTERM');
      await ended;
    },
  };
}
