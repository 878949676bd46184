import { describeOnRedis } from '#testing';
import { Fleet } from '../../fleet/fleet.js';
import { passes } from '../../fleet/real-time.js';
import { PublisherProcess, ReceiverProcess } from '../load-process.js';
import { comparePairs } from '../paired-latency.js';
import { quantile } from '../quantiles.js';

const HEALTHY = 1_000;
const HANGING = 100;
const FLAPPING = 20;
const PER_SECOND = 200;
/** To the bad ones together: to each more than twice as much as to a healthy one. What an earlier round left them keeps them busy with failing besides. */
const BAD_PER_SECOND = 60;
const ROUND_MS = 5_000;
/** After the bad ones were resumed or paused: until a holder has noticed and what was in flight is over. */
const NOTICED_MS = 1_500;
const TIMEOUT_MS = 1_000;

describeOnRedis('healthy endpoints', (backend) => {
  let fleet: Fleet;
  let receiver: ReceiverProcess;
  let publisher: PublisherProcess;

  beforeAll(async () => {
    receiver = await ReceiverProcess.start();
    fleet = await Fleet.start(backend, { dispatchers: 0 });
    publisher = await PublisherProcess.start(fleet.tenantId, fleet.environment);
    await fleet.addChild();
  }, 30_000);

  afterAll(async () => {
    await publisher.stop();
    await fleet.stop();
    await receiver.stop();
  }, 60_000);

  it('do not notice a hundred that hang and twenty that flap', async () => {
    const make = (count: number, path: string, more = {}) =>
      Promise.all(Array.from({ length: count }, (_, n) => fleet.endpoint(receiver.url(`${path}/${n}`), more)));
    const healthy = await make(HEALTHY, '/ok/healthy');
    const retries = { timeoutMs: TIMEOUT_MS, retryInitialDelaySeconds: 0.5, retryMaxDelaySeconds: 5 };
    const bad = [...(await make(HANGING, '/hang/bad', retries)), ...(await make(FLAPPING, '/flap/bad', retries))];
    const badIds = bad.map(({ id }) => id);
    const turn = async (state: 'active' | 'paused'): Promise<void> => {
      await fleet.database.query(
        `UPDATE endpoints SET state = $2, version = version + 1, resumed_at = clock_timestamp() WHERE id = ANY($1)`,
        [badIds, state],
      );
      fleet.waker.wake(badIds);
      await passes(NOTICED_MS);
    };

    const p99 = async (round: number, withBad: boolean): Promise<number> => {
      await turn(withBad ? 'active' : 'paused');
      const streams = [{ subscriberIds: healthy.map(({ subscriberId }) => subscriberId), perSecond: PER_SECOND }];
      if (withBad)
        streams.push({ subscriberIds: bad.map(({ subscriberId }) => subscriberId), perSecond: BAD_PER_SECOND });
      const [count = 0] = await publisher.publish({ round, streams, forMs: ROUND_MS });
      return quantile(await receiver.latencies('healthy', round, count), 0.99);
    };

    const { medians, excess, noticed, pairs } = await comparePairs(p99);
    process.stderr.write(
      `isolation: p99 ${JSON.stringify(medians)}, ${excess} ms above what is allowed; ${JSON.stringify(pairs)}\n`,
    );
    expect(noticed).toBe(false);
  }, 600_000);
});
