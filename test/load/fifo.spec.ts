import { describeEachBackend, startReceiver } from '#testing';
import type { Receiver } from '#testing';
import { seededRandom } from '../../simulate/random.js';
import { Fleet } from '../fleet/fleet.js';
import { printedSeed } from '../fleet/printed-seed.js';

const ENDPOINTS = 10;
const EVENTS_EACH = 1_000;
const BATCH = 25;
const FAILS = 0.03;

describeEachBackend('fifo', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await startReceiver();
    fleet = await Fleet.start(backend, {
      dispatchers: 0,
      env: {
        ...{
          LEASE_MS: '1500',
          LEASE_RENEW_MS: '300',
          QUEUE_LOCK_MS: '1500',
          QUEUE_STALLED_MS: '750',
          DUE_WAKES_MS: '50',
        },
        // Failures are single ones here: a breaker would only make it longer.
        ...{ BREAKER_LOSSES_IN_A_ROW: '1000', BREAKER_LOSS_PERCENT: '100' },
      },
    });
  }, 30_000);

  afterAll(async () => {
    await fleet.stop();
    await receiver.close();
  }, 60_000);

  it('is the order of the 202s, at each endpoint, over failures, a killed holder and a restart', async () => {
    const random = seededRandom(printedSeed());
    const endpoints = await Promise.all(
      Array.from({ length: ENDPOINTS }, (_, n) =>
        fleet.endpoint(receiver.url(`/fifo-${n}`), {
          ...{ ordering: 'fifo', concurrency: 5, timeoutMs: 1_000, retryInitialDelaySeconds: 0.02, retryFactor: 1 },
        }),
      ),
    );
    /** The order in which events were answered with their first 2xx. */
    const answered = endpoints.map(() => new Set<string>());
    for (const [n, ids] of answered.entries()) {
      receiver.answer(`/fifo-${n}`, ({ headers }) => {
        if (random() < FAILS) return { status: 503 };
        ids.add(String(headers['webhook-id']));
        return { status: 200 };
      });
    }
    const killed = await fleet.addChild();
    const published = await Promise.all(
      endpoints.map(async ({ subscriberId }) => {
        const ids: string[] = [];
        // Awaiting each 202 before the next request is what makes an order.
        for (let n = 0; n < EVENTS_EACH; n += BATCH) ids.push(...(await fleet.publishTo(subscriberId, BATCH)));
        return ids;
      }),
    );
    const count = (): number => answered.reduce((sum, ids) => sum + ids.size, 0);
    const all = ENDPOINTS * EVENTS_EACH;
    await receiver.waitFor(() => count() > all * 0.2, 60_000);
    await killed.kill();
    const restarted = await fleet.addChild();
    await receiver.waitFor(() => count() > all * 0.6, 60_000);
    await Promise.all([restarted.stop(), fleet.addChild()]);
    expect(await fleet.settled(90_000)).toEqual({ delivered: all });
    for (const [n, ids] of answered.entries()) expect([...ids]).toEqual(published[n]);
    for (const n of endpoints.keys()) expect(receiver.maxInFlight(`/fifo-${n}`)).toBe(1);
  }, 240_000);
});
