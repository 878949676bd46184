import { describeOnRedis, startReceiver } from '#testing';
import type { Receiver } from '#testing';
import { Fleet } from '../../fleet/fleet.js';
import { passes } from '../../fleet/real-time.js';
import { PublisherProcess, ReceiverProcess } from '../load-process.js';
import { comparePairs } from '../paired-latency.js';
import { quantile } from '../quantiles.js';

/** All times are a twentieth of the real ones: a success after 14 s takes 700 ms here, and from 250 ms on it is a slow one. */
const SCALED = { FLOW_SLOW_SUCCESS_MS: '250' };
const SLOW_MS = 700;
const SLOW = 20;
const EVENTS_EACH = 250;
const HEALTHY = 200;
const PER_SECOND = 200;
const ROUND_MS = 2_000;
/** After the slow ones were resumed or paused: until a holder has noticed and what was in flight is over. */
const NOTICED_MS = 1_500;
/** A lane nobody knows begins with it. */
const FIRST_WINDOW = 2;

describeOnRedis('endpoints that succeed slowly, with thousands of events', (backend) => {
  let fleet: Fleet;
  let healthyReceiver: ReceiverProcess;
  let slowReceiver: Receiver;
  let publisher: PublisherProcess;

  beforeAll(async () => {
    healthyReceiver = await ReceiverProcess.start();
    slowReceiver = await startReceiver();
    fleet = await Fleet.start(backend, { dispatchers: 0, env: SCALED });
    publisher = await PublisherProcess.start(fleet.tenantId, fleet.environment);
    await fleet.addChild();
  }, 30_000);

  afterAll(async () => {
    await publisher.stop();
    await fleet.stop();
    await healthyReceiver.stop();
    await slowReceiver.close();
  }, 60_000);

  it('never raise their window, and others do not notice them', async () => {
    const paths = Array.from({ length: SLOW }, (_, n) => `/slow/${n}`);
    for (const path of paths) slowReceiver.answer(path, { delayMs: SLOW_MS });
    const slow = await Promise.all(paths.map((path) => fleet.endpoint(slowReceiver.url(path), { concurrency: 100 })));
    const healthy = await Promise.all(
      Array.from({ length: HEALTHY }, (_, n) => fleet.endpoint(healthyReceiver.url(`/ok/healthy/${n}`))),
    );
    const slowIds = slow.map(({ id }) => id);
    const turn = async (state: 'active' | 'paused'): Promise<void> => {
      await fleet.database.query('UPDATE endpoints SET state = $2, version = version + 1 WHERE id = ANY($1)', [
        slowIds,
        state,
      ]);
      fleet.waker.wake(slowIds);
      await passes(NOTICED_MS);
    };
    await turn('paused');
    for (const { subscriberId } of slow) await fleet.publishTo(subscriberId, EVENTS_EACH);

    const { medians, excess, noticed, pairs } = await comparePairs(async (round, withSlow) => {
      await turn(withSlow ? 'active' : 'paused');
      const streams = [{ subscriberIds: healthy.map(({ subscriberId }) => subscriberId), perSecond: PER_SECOND }];
      const before = slowReceiver.requests.length;
      const [count = 0] = await publisher.publish({ round, streams, forMs: ROUND_MS });
      const latencies = await healthyReceiver.latencies('healthy', round, count);
      expect(Math.max(...paths.map((path) => slowReceiver.maxInFlight(path)))).toBeLessThanOrEqual(FIRST_WINDOW);
      // They were at it, or were not: in every lane one after the other.
      const meanwhile = slowReceiver.requests.length - before;
      if (withSlow) expect(meanwhile).toBeGreaterThan(SLOW * Math.floor(ROUND_MS / SLOW_MS / 2));
      else expect(meanwhile).toBe(0);
      return quantile(latencies, 0.99);
    });
    const left = await fleet.database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM deliveries WHERE state = 'pending' AND endpoint_id = ANY($1)`,
      [slowIds],
    );
    process.stderr.write(
      `slow success: p99 ${JSON.stringify(medians)}, ${excess} ms above what is allowed, ${left[0]?.count} left; ${JSON.stringify(pairs)}\n`,
    );
    expect(noticed).toBe(false);
  }, 300_000);
});
