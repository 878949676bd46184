import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readLock } from './data-directory.js';

const run = promisify(execFile);

const POLL_MS = 50;
const FAST_MS = 4_000;
const IMMEDIATE_MS = 3_000;

/**
 * Ends a Postgres that still works on this directory after everything around it was killed. A lock file of a process that is gone, or
 * whose number now belongs to something else, is left to Postgres, which knows what to do with it.
 */
export async function stopOrphan(directory: string): Promise<void> {
  const lock = await readLock(directory);
  if (!lock || !(await isPostgresOf(lock.pid, directory))) return;
  process.kill(lock.pid, 'SIGINT');
  if (await gone(lock.pid, FAST_MS)) return;
  process.kill(lock.pid, 'SIGQUIT');
  if (await gone(lock.pid, IMMEDIATE_MS)) return;
  process.kill(lock.pid, 'SIGKILL');
}

async function isPostgresOf(pid: number, directory: string): Promise<boolean> {
  try {
    const { stdout } = await run('ps', ['-ww', '-o', 'args=', '-p', String(pid)]);
    return stdout.includes('postgres') && stdout.includes(directory);
  } catch {
    return false; // no such process
  }
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
