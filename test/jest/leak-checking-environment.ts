import { setTimeout as delay } from 'node:timers/promises';
import type { Circus } from '@jest/types';
import { TestEnvironment } from 'jest-environment-node';

/** What keeps a process alive, as Node names it. Anything else (a file being read by Jest itself) is not a leak. */
const WATCHED = /^(Timeout|TCPSocketWrap|TCPServerWrap|TLSWrap|PipeWrap|UDPWrap|ProcessWrap|MessagePort|FSEventWrap)$/;
const GRACE_MS = 2000;

/**
 * Fails a spec file that leaves a timer, socket, server, worker or child process behind. Jest's own check cannot: it ends its
 * workers by force and goes on, and `--detectOpenHandles` misses what is opened outside of promises.
 */
export default class LeakCheckingEnvironment extends TestEnvironment {
  private before: ReadonlyMap<string, number> = new Map();

  async handleTestEvent(event: Circus.Event, state: Circus.State): Promise<void> {
    if (event.name === 'run_start') this.before = openResources();
    if (event.name !== 'run_finish') return;
    const leak = await this.leak();
    // Not thrown, which would hide the failed test that left it open.
    if (leak !== null) state.unhandledErrors.push(leak);
  }

  private async leak(): Promise<string | null> {
    const deadline = performance.now() + GRACE_MS; // closing a socket takes a few turns of the event loop
    let leaked = this.newResources();
    while (leaked.length > 0 && performance.now() < deadline) {
      await delay(20, undefined, { ref: false }); // unreferenced, so that it is not counted itself
      leaked = this.newResources();
    }
    if (leaked.length === 0) return null;
    return `This file left open: ${leaked.join(', ')}. Close what a test starts.`;
  }

  private newResources(): string[] {
    return [...openResources()]
      .map(([name, count]) => ({ name, more: count - (this.before.get(name) ?? 0) }))
      .filter(({ more }) => more > 0)
      .map(({ name, more }) => `${String(more)} ${name}`);
  }
}

function openResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    if (WATCHED.test(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
