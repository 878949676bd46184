import { setTimeout as delay } from 'node:timers/promises';

/** For tests whose subject is real time itself: what does not happen for so long, and what happens meanwhile. */
export const passes = (ms: number): Promise<void> => delay(ms);

/** Does it at even intervals until it has done it so often; late calls are made up for. Resolves when all of them are done. */
export async function atIntervals(everyMs: number, times: number, act: (n: number) => Promise<unknown>): Promise<void> {
  const begun = performance.now();
  const acts: Promise<unknown>[] = [];
  for (let n = 0; n < times; n += 1) {
    const ahead = begun + n * everyMs - performance.now();
    if (ahead > 0) await delay(ahead);
    acts.push(act(n));
  }
  await Promise.all(acts);
}
