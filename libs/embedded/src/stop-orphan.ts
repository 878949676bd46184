import { setTimeout as delay } from 'node:timers/promises';
import { commandLine } from './command-line.js';
import { readLock, removeLock } from './data-directory.js';

const POLL_MS = 50;
const FAST_MS = 4_000;
const IMMEDIATE_MS = 3_000;

/**
 * Ends a Postgres that still works on this directory after everything around it was killed. A lock file of a process that is gone, or
 * whose number now belongs to something else, is left to Postgres, which knows what to do with it; but it takes a dead process that nobody
 * has reaped (in a container often nobody does) for a live one. What still uses its shared memory, it finds out by itself.
 */
export async function stopOrphan(directory: string): Promise<void> {
  const pid = await readLock(directory);
  const line = pid === null ? null : await commandLine(pid);
  if (pid === null || line === null) return;
  if (line === '') await removeLock(directory);
  if (!line.includes('postgres') || !line.includes(directory)) return;
  process.kill(pid, 'SIGINT');
  if (await gone(pid, FAST_MS)) return;
  process.kill(pid, 'SIGQUIT');
  if (await gone(pid, IMMEDIATE_MS)) return;
  process.kill(pid, 'SIGKILL');
}

async function gone(pid: number, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await delay(POLL_MS);
  }
  return false;
}
