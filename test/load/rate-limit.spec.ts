import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describeOnRedis, startReceiver } from '#testing';
import type { Receiver } from '#testing';
import { Fleet } from '../fleet/fleet.js';
import { atIntervals } from '../fleet/real-time.js';

const RATE = 5;
const EVENTS = 360;
const PUBLISHED_MS = 60_000;
/**
 * Six requests take five intervals of 200 ms or longer at the sender, where each takes its token right before its first byte. The receiver reads
 * its clock when it has parsed the headers, in whole milliseconds: what it sees is shorter by at most the difference of two such delays. On
 * top comes how late its event loop ever was, which on a busy machine is more.
 */
const DELAY_MS = 25;
const RESOLUTION_MS = 5;

describeOnRedis('a rate limit', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await startReceiver();
    fleet = await Fleet.start(backend, { dispatchers: 0 });
    await Promise.all([fleet.addChild(), fleet.addChild()]);
  }, 30_000);

  afterAll(async () => {
    await fleet.stop();
    await receiver.close();
  }, 60_000);

  it('holds in every second for events that come one by one, whoever holds the lane', async () => {
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/limited'), { ratePerSecond: RATE });
    const holders = new Set<string>();
    const lateness = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    lateness.enable();
    // In pairs with pauses, so that the lane drains and is opened anew again and again; six a second in all, for a minute.
    await atIntervals((PUBLISHED_MS * 2) / EVENTS, EVENTS / 2, async () => {
      await fleet.publishTo(subscriberId, 1);
      await fleet.publishTo(subscriberId, 1);
      const [lane] = await fleet.database.query<{ holder: string | null }>(
        'SELECT holder FROM lanes WHERE endpoint_id = $1',
        [id],
      );
      if (lane?.holder) holders.add(lane.holder);
    });
    expect(await fleet.settled(40_000)).toEqual({ delivered: EVENTS });
    lateness.disable();
    const lateMs = lateness.max / 1e6 - RESOLUTION_MS;
    const times = receiver.at('/limited').map(({ at }) => at);
    const sixes = times.slice(RATE).map((at, n) => at - times[n]!);
    process.stderr.write(
      `rate limit: six requests took ${Math.min(...sixes)} ms at least, seen up to ${Math.round(lateMs)} ms late; ${holders.size} holders\n`,
    );
    expect(sixes.filter((ms) => ms < 1_000 - DELAY_MS - lateMs)).toEqual([]);
    // And it is used: as many as it allows, but for what opening a lane takes.
    expect((times.at(-1)! - times[0]!) / 1_000).toBeLessThan((EVENTS / RATE) * 1.25);
  }, 130_000);
});
