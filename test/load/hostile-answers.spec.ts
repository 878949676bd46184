import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { encodeId, MIB } from '#core';
import { describeOnRedis } from '#testing';
import type { ChildDispatcher } from '../fleet/child-dispatcher.js';
import { Fleet } from '../fleet/fleet.js';
import { passes } from '../fleet/real-time.js';
import { HostileReceiverProcess } from './load-process.js';
import { localPorts } from './process-sockets.js';
import type { Held } from './processes/tell-memory.js';

const ENDPOINTS_PER_WAY = 8;
const ANSWERS = 10_000;
/** Before the first look: what a process builds up once is there. */
const WARM_UP = 3_000;
const TELL_MEMORY = pathToFileURL(resolve('dist/test/load/processes/tell-memory.js')).href;
/** Every answer counts as a loss; nothing slows the sender down here, so that the memory is what is measured. */
const UNDETERRED = {
  BREAKER_LOSSES_IN_A_ROW: '1000',
  BREAKER_RATIO_ATTEMPTS: '100000',
  BREAKER_REJECTING_ATTEMPTS: '100000',
  BREAKER_OPEN_MS: '10',
  BREAKER_OPEN_MOST_MS: '10',
  EGRESS_IDLE_MS: '1000',
};
const ENDPOINT = { timeoutMs: 150, retryInitialDelaySeconds: 3_600, concurrency: 10 };
/**
 * Ten thousand answers of which one KiB each stayed would be more. Resident memory rises and falls by 70 MiB as the allocator likes (over 30,000
 * answers: 208, 210, 234, 237, 174, 240 MiB), but 64 KiB of each, the most that is read, would be 640 MiB.
 */
const MOST_MORE = { heapBytes: 4 * MIB, externalBytes: 4 * MIB, residentBytes: 100 * MIB, handles: 5 };

/** Longer than an idle connection is kept. */
const QUIET_LOOKS = 15;
const TELLS_WITHIN_MS = 10_000;

describeOnRedis('ten thousand hostile answers', (backend) => {
  let fleet: Fleet;
  let receiver: HostileReceiverProcess;
  let child: ChildDispatcher;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-memory-'));
    receiver = await HostileReceiverProcess.start();
    fleet = await Fleet.start(backend, { dispatchers: 0, env: UNDETERRED });
    const memory = { NODE_OPTIONS: `--import=${TELL_MEMORY}`, MEMORY_FILE: join(folder, 'held.json') };
    child = await fleet.addChild(memory);
  }, 30_000);

  afterAll(async () => {
    await fleet.stop();
    await receiver.stop();
    await rm(folder, { recursive: true });
  }, 60_000);

  it('of every kind leave the dispatcher’s memory, sockets and timers as they were', async () => {
    const made = receiver.ways.flatMap((way) =>
      Array.from({ length: ENDPOINTS_PER_WAY }, (_, n) => fleet.endpoint(receiver.url(`/${way}/${n}`), ENDPOINT)),
    );
    const to = (await Promise.all(made)).map(({ subscriberId }) => encodeId('subscriber', subscriberId));
    let published = 0;
    const receive = async (count: number): Promise<void> => {
      const perEndpoint = Math.ceil(count / to.length);
      for (let n = 0; n < perEndpoint; n += 1) await fleet.publish(to.map((each) => ({ to: each })));
      published += perEndpoint * to.length;
      await fleet.eventually('SELECT 1 FROM attempts HAVING count(*) >= $1', [published], 45_000);
    };
    await receive(WARM_UP);
    const before = await held(child, folder);
    await receive(ANSWERS);
    const after = await held(child, folder);
    const errors = await fleet.database.query<{ error: string; count: number }>(
      'SELECT error, count(*)::int AS count FROM attempts GROUP BY error ORDER BY error',
    );
    process.stderr.write(`hostile answers: ${JSON.stringify({ before, after, errors })}\n`);
    expect(errors.map(({ error }) => error)).toEqual(
      expect.arrayContaining([
        'http_status',
        'protocol_closed',
        'protocol_error',
        'protocol_headers_too_large',
        'protocol_reset',
        'response_timeout',
        null,
      ]),
    );
    for (const [what, most] of Object.entries(MOST_MORE)) {
      const name = what as keyof typeof MOST_MORE;
      expect([what, after[name] - before[name] <= most]).toEqual([what, true]);
    }
    expect(after.sockets).toBeLessThanOrEqual(before.sockets + 5);
  }, 120_000);
});

/** What the process holds once it has nothing to do: the connections that were kept are closed by then. */
async function held({ pid }: ChildDispatcher, folder: string): Promise<Held & { sockets: number }> {
  await stays(async () => (await localPorts(pid)).size, QUIET_LOOKS);
  const file = join(folder, 'held.json');
  await rm(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  for (const until = performance.now() + TELLS_WITHIN_MS; performance.now() < until;) {
    await passes(20);
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('}')) return { ...(JSON.parse(text) as Held), sockets: (await localPorts(pid)).size };
  }
  throw new Error(`the dispatcher has not told what it holds within ${TELLS_WITHIN_MS} ms`);
}

/** Resolves when so many looks, a tenth of a second apart, have found the same. */
async function stays(look: () => Promise<number>, looks: number): Promise<void> {
  let same = 0;
  for (let before = await look(); same < looks;) {
    await passes(100);
    const now = await look();
    same = now === before ? same + 1 : 0;
    before = now;
  }
}
