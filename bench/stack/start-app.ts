import { setTimeout as delay } from 'node:timers/promises';
import { Child } from '../child.js';
import type { ChildOptions } from '../child.js';

const POLL_MS = 50;
const READY_WITHIN_MS = 30_000;

/** An app as it really runs. Resolves when it is ready. */
export async function startApp(options: ChildOptions, readyUrl: string): Promise<Child> {
  const child = Child.start(options);
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await isReady(readyUrl))) {
    if (performance.now() > deadline) {
      await child.stop();
      throw new Error(`${options.main} was not ready in time. It said:\n  ${child.lines.join('\n  ')}`);
    }
    await Promise.race([delay(POLL_MS), child.failed]);
  }
  return child;
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
