import { describeOnRedis } from '#testing';
import { Fleet } from '../../fleet/fleet.js';
import { passes } from '../../fleet/real-time.js';
import { PublisherProcess, ReceiverProcess } from '../load-process.js';
import { median, quantile } from '../quantiles.js';

const HEALTHY = 1_000;
const HANGING = 100;
const FLAPPING = 20;
const PER_SECOND = 200;
/** To the bad ones together: to each more than twice as much as to a healthy one. What an earlier round left them keeps them busy with failing besides. */
const BAD_PER_SECOND = 60;
const ROUND_MS = 8_000;
/** So many pairs; where these differ by more than the limit, three times as many, and all of them count: a round's p99 varies by as much. */
const PAIRS = { first: 7, all: 21 };
/** After the bad ones were resumed or paused: until a holder has noticed and what was in flight is over. */
const NOTICED_MS = 1_500;
const TIMEOUT_MS = 1_000;
const MOST_MORE = { part: 0.1, ms: 5 };

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

    await p99(0, true); // connections are open, plans are made, the bad ones are known
    const figures: { without: number; with: number }[] = [];
    const medians = () => ({
      without: median(figures.map((pair) => pair.without)),
      withBad: median(figures.map((pair) => pair.with)),
    });
    const more = ({ without, withBad } = medians()): number =>
      withBad - without - Math.max(without * MOST_MORE.part, MOST_MORE.ms);
    const measure = async (pairs: number): Promise<void> => {
      while (figures.length < pairs) {
        const pair = figures.length + 1;
        // Which is first changes: what the machine does besides falls on both alike.
        const order = pair % 2 === 0 ? [true, false] : [false, true];
        const two = new Map<boolean, number>();
        for (const withBad of order) two.set(withBad, await p99(2 * pair + Number(withBad), withBad));
        figures.push({ without: two.get(false) ?? NaN, with: two.get(true) ?? NaN });
      }
    };
    await measure(PAIRS.first);
    if (more() > 0) await measure(PAIRS.all);
    const { without, withBad } = medians();
    process.stderr.write(`isolation: p99 ${without} ms without, ${withBad} ms with; ${JSON.stringify(figures)}\n`);
    expect(more()).toBeLessThanOrEqual(0);
  }, 600_000);
});
