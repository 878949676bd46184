import { encodeId } from '#core';
import { describeOnRedis, startReceiver } from '#testing';
import type { Receiver } from '#testing';
import { seededRandom } from '../../simulate/random.js';
import { Fleet } from '../fleet/fleet.js';
import { printedSeed } from '../fleet/printed-seed.js';
import { atIntervals } from '../fleet/real-time.js';
import { Turmoil } from '../fleet/turmoil.js';

const CAPS = [1, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 25, 30, 35, 40, 45, 50];
const EVENTS = 50_000;
const RAGES_MS = 40_000;
const BATCHES = 80;
const LEASE_MS = 1_500;
/** Longer than a lease: their requests outlive it. */
const SLOW_MS = 2_000;
const isSlow = (n: number) => n % 5 === 4;
const SLOW_EVENTS = 80;

describeOnRedis('caps, while processes are killed, stopped and restarted', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await startReceiver();
    const env = {
      ...{ LEASE_MS: String(LEASE_MS), LEASE_RENEW_MS: '300', QUEUE_LOCK_MS: '1500', QUEUE_STALLED_MS: '750' },
      SHUTDOWN_TIMEOUT_MS: '6000',
    };
    fleet = await Fleet.start(backend, { dispatchers: 0, env });
  }, 30_000);

  afterAll(async () => {
    await fleet.stop();
    await receiver.close();
  }, 60_000);

  it('hold at every moment as the receivers count, and all 50,000 events arrive', async () => {
    const endpoints = await Promise.all(
      CAPS.map((concurrency, n) => {
        receiver.answer(`/cap-${n}`, { delayMs: isSlow(n) ? SLOW_MS : 1 + (n % 4) });
        const retries = { retryInitialDelaySeconds: 0.5, retryFactor: 1 };
        return fleet.endpoint(receiver.url(`/cap-${n}`), { concurrency, timeoutMs: 3_000, ...retries });
      }),
    );
    const children = await Promise.all([fleet.addChild(), fleet.addChild(), fleet.addChild()]);
    const turmoil = new Turmoil(fleet, children, seededRandom(printedSeed()), LEASE_MS + 1_000);
    const slow = endpoints.flatMap((endpoint, n) =>
      isSlow(n) ? Array.from({ length: SLOW_EVENTS }, () => endpoint) : [],
    );
    const fast = endpoints.filter((_, n) => !isSlow(n));
    const all = [...slow, ...Array.from({ length: EVENTS - slow.length }, (_, n) => fast[n % fast.length]!)];
    const published: string[] = [];
    const publishing = atIntervals(RAGES_MS / BATCHES, BATCHES, async (n) => {
      const batch = all.slice((n * EVENTS) / BATCHES, ((n + 1) * EVENTS) / BATCHES);
      const answers = await fleet.publish(
        batch.map(({ subscriberId }) => ({ to: encodeId('subscriber', subscriberId) })),
      );
      published.push(...answers.map(({ id }) => encodeId('event', id)));
    });
    await Promise.all([turmoil.rage(RAGES_MS), publishing]);
    expect(await fleet.settled(60_000)).toEqual({ delivered: EVENTS });
    process.stderr.write(`caps: ${turmoil.happened.join(', ')}; ${receiver.requests.length - EVENTS} came twice\n`);
    const received = new Set(receiver.requests.map(({ headers }) => String(headers['webhook-id'])));
    expect(published.filter((id) => !received.has(id))).toEqual([]);
    const most = CAPS.map((cap, n) => ({ cap, most: receiver.maxInFlight(`/cap-${n}`) }));
    expect(most.filter((lane) => lane.most > lane.cap)).toEqual([]);
    // Else this would show nothing.
    expect(most.filter((lane) => lane.most >= Math.min(lane.cap, 8)).length).toBeGreaterThan(CAPS.length / 2);
    expect(new Set(turmoil.happened).size).toBeGreaterThan(1);
  }, 130_000);
});
