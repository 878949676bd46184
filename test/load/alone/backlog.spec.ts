import { describeOnRedis } from '#testing';
import { Fleet } from '../../fleet/fleet.js';
import { PublisherProcess, ReceiverProcess } from '../load-process.js';
import { quantile } from '../quantiles.js';

const BACKLOG = 100_000;
const BATCH = 1_000;
const CAP = 10;
const ANSWERS_AFTER_MS = 6;
const OTHERS = 50;
const OTHERS_PER_SECOND = 50;
const FRESH_PER_SECOND = 5;
const ROUND_MS = 10_000;
const FRESH_WITHIN_MS = 7_000;
/** The same dispatcher and Postgres do a thousand deliveries a second more than before: that much of one machine may be felt. */
const MOST_MORE_MS = 50;

describeOnRedis('a backlog of 100,000 events', (backend) => {
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

  it('lets new events of its endpoint through within 7 s, and other endpoints do not notice it', async () => {
    const others = await Promise.all(
      Array.from({ length: OTHERS }, (_, n) => fleet.endpoint(receiver.url(`/ok/others/${n}`))),
    );
    const busy = await fleet.endpoint(receiver.url(`/delay-${ANSWERS_AFTER_MS}/busy`), {
      concurrency: CAP,
      state: 'paused',
    });
    const toOthers = { subscriberIds: others.map(({ subscriberId }) => subscriberId), perSecond: OTHERS_PER_SECOND };
    const toBusy = { subscriberIds: [busy.subscriberId], perSecond: FRESH_PER_SECOND };

    await publisher.publish({ round: 0, streams: [toOthers], forMs: 2_000 });
    const [before = 0] = await publisher.publish({ round: 1, streams: [toOthers], forMs: ROUND_MS });
    const calm = quantile(await receiver.latencies('others', 1, before), 0.99);

    const payload = Buffer.from('{"at":0,"round":-1}');
    const events = Array.from({ length: BATCH }, () => ({ payload }));
    for (let n = 0; n < BACKLOG; n += BATCH) await fleet.publishAll(busy.subscriberId, events);
    await fleet.change(busy.id, `state = 'active', resumed_at = clock_timestamp()`);
    const begun = performance.now();

    const fresh: number[] = [];
    const beside: number[] = [];
    for (let round = 2; (await pending(fleet, busy.id)) > 0; round += 1) {
      const [toOther = 0, own = 0] = await publisher.publish({ round, streams: [toOthers, toBusy], forMs: ROUND_MS });
      beside.push(...(await receiver.latencies('others', round, toOther)));
      fresh.push(...(await receiver.latencies('busy', round, own)));
    }
    const drained = (performance.now() - begun) / 1_000;
    const late = quantile(fresh, 0.95);
    const noticed = quantile(beside, 0.99);
    process.stderr.write(
      `backlog: drained in ${drained.toFixed(0)} s; fresh first ${fresh[0]} ms, p95 ${late} ms; others' p99 ${calm} ms before, ${noticed} ms beside it\n`,
    );
    expect(drained).toBeGreaterThan(30); // else there was no backlog to speak of
    expect(fresh[0]).toBeLessThanOrEqual(FRESH_WITHIN_MS);
    expect(late).toBeLessThanOrEqual(FRESH_WITHIN_MS);
    expect(noticed - calm).toBeLessThanOrEqual(MOST_MORE_MS);
  }, 280_000);
});

async function pending(fleet: Fleet, endpointId: string): Promise<number> {
  const [row] = await fleet.database.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM (SELECT 1 FROM deliveries WHERE endpoint_id = $1 AND state = 'pending' LIMIT 500) first`,
    [endpointId],
  );
  // What a round leaves behind for a moment is no backlog.
  return (row?.n ?? 0) < 500 ? 0 : 500;
}
