import { describeOnRedis, startReceiver } from '#testing';
import type { Receiver, TestBackend } from '#testing';
import { Fleet } from '../fleet/fleet.js';
import { atIntervals } from '../fleet/real-time.js';

const RETRY_AFTER_S = 30;
const QUIET_MS = RETRY_AFTER_S * 1_000;
/** From the receiver's writing the answer until the dispatcher has read it; also what is already on the wire then. */
const ON_THE_WIRE_MS = 250;
const BEGINS_WITH = 30;
const BACKLOG = 200;

describeOnRedis('a Retry-After on one delivery', (backend) => {
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await startReceiver();
  });
  afterAll(() => receiver.close());

  it('quiets the whole endpoint for as long as it says, also when its holder is killed meanwhile', async () => {
    await Promise.all([quiet(backend, receiver, 'kept'), quiet(backend, receiver, 'killed')]);
  }, 90_000);
});

async function quiet(backend: TestBackend, receiver: Receiver, what: 'kept' | 'killed'): Promise<void> {
  const path = `/${what}`;
  const fleet = await Fleet.start(backend, { dispatchers: 0, env: { QUEUE_NAME: what, LEASE_MS: '2000' } });
  try {
    const child = await fleet.addChild();
    let askedAt = Infinity;
    receiver.answer(path, (_, n) => {
      // Of ten in flight one is told to wait, while others wait for their connections.
      if (n !== BEGINS_WITH) return { delayMs: 100 };
      askedAt = Date.now();
      return { status: 429, headers: { 'retry-after': String(RETRY_AFTER_S) } };
    });
    const { id, subscriberId } = await fleet.endpoint(receiver.url(path), { concurrency: 10 });
    await fleet.publishTo(subscriberId, BACKLOG);
    await receiver.waitFor((r) => r.at(path).length > BEGINS_WITH, 20_000);
    await fleet.eventually('SELECT 1 FROM lanes WHERE endpoint_id = $1 AND paused_until > now()', [id]);
    if (what === 'killed') {
      await child.kill();
      await fleet.addChild();
    }
    await atIntervals(2_000, 10, () => fleet.publishTo(subscriberId, 1));
    expect(await fleet.settled(30_000)).toEqual({ delivered: BACKLOG + 10 });
    const since = receiver.at(path).map(({ at }) => at - askedAt);
    expect(since.filter((ms) => ms > ON_THE_WIRE_MS && ms < QUIET_MS)).toEqual([]);
    const resumed = Math.min(...since.filter((ms) => ms >= QUIET_MS));
    expect(resumed).toBeLessThan(QUIET_MS + 5_000);
  } finally {
    await fleet.stop();
  }
}
