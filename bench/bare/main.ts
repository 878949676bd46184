import { PostAll } from './post-all.js';
import type { BareResult, BareRound } from './protocol.js';

/** The bare loop: one process that only signs and posts, a round for each message. */
async function post(round: BareRound): Promise<BareResult> {
  const all = new PostAll(round);
  const startedAt = performance.now();
  const failures = await all.run();
  const seconds = (performance.now() - startedAt) / 1_000;
  await all.close();
  return { seconds, failures };
}

process.on('message', (round: BareRound) => {
  void post(round).then((result) => process.send?.(result));
});
process.once('disconnect', () => process.exit());
process.on('SIGINT', () => undefined); // the harness decides when it ends
