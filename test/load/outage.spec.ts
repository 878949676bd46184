import { encodeId } from '#core';
import { describeOnRedis, startReceiver } from '#testing';
import type { Answer, Receiver } from '#testing';
import { Fleet } from '../fleet/fleet.js';
import { atIntervals } from '../fleet/real-time.js';

/** All times are a hundredth of the real ones: two hours are 72 seconds. Only the rate is not: 100 events a second are what a receiver sees. */
const SCALED = {
  ...{ BREAKER_OPEN_MS: '300', BREAKER_OPEN_MOST_MS: '9000', BREAKER_COUNTED_MS: '600', FLOW_SLOW_SUCCESS_MS: '50' },
};
const ENDPOINT = {
  ...{ concurrency: 10, timeoutMs: 150, retryInitialDelaySeconds: 0.05, retryMaxDelaySeconds: 432 },
  giveUpAfterSeconds: 2_592,
};
const DOWN_MS = 72_000;
const PER_SECOND = 100;
const EVERY_MS = 50;
const PER_INTERVAL = (PER_SECOND * EVERY_MS) / 1_000;
const WAYS: Readonly<Record<string, Answer>> = { '503': { status: 503 }, hang: { hang: true }, '404': { status: 404 } };

describeOnRedis('an outage of two hours, a hundred times as fast', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await startReceiver();
    fleet = await Fleet.start(backend, { dispatchers: 0, env: SCALED });
    await fleet.addChild();
  }, 30_000);

  afterAll(async () => {
    receiver.release();
    await fleet.stop();
    await receiver.close();
  }, 60_000);

  it('costs an endpoint at most 60 requests, loses nothing, and ends with a slow start, however it fails', async () => {
    const ways = Object.keys(WAYS);
    const endpoints = await Promise.all(ways.map((way) => fleet.endpoint(receiver.url(`/${way}`), ENDPOINT)));
    const to = endpoints.map(({ subscriberId }) => encodeId('subscriber', subscriberId));
    const publishFor = (ms: number) =>
      atIntervals(EVERY_MS, ms / EVERY_MS, () =>
        fleet.publish(Array.from({ length: PER_INTERVAL * to.length }, (_, n) => ({ to: to[n % to.length]! }))),
      );
    for (const way of ways) receiver.answer(`/${way}`, { delayMs: 10 });
    await publishFor(2_000);

    for (const [way, answer] of Object.entries(WAYS)) receiver.answer(`/${way}`, answer);
    const downAt = Date.now();
    await publishFor(DOWN_MS);
    const upAt = Date.now();
    const recoveries = ways.map((way) => recovery(receiver, `/${way}`));
    receiver.release();
    const requests = ways.map((way) => receiver.at(`/${way}`).filter(({ at }) => at >= downAt && at < upAt).length);
    process.stderr.write(`outage: requests while down ${ways.map((way, n) => `${way} ${requests[n]}`).join(', ')}\n`);
    expect(await fleet.settled(60_000)).toEqual({ delivered: ((2_000 + DOWN_MS) / 1_000) * PER_SECOND * to.length });

    for (const count of requests) expect(count).toBeLessThanOrEqual(60);
    for (const flights of recoveries) {
      // Window 1, doubling with each full window of successes: never more than one more than have succeeded.
      expect(flights.filter(({ inFlight, answered }) => inFlight > answered + 1)).toEqual([]);
      expect(Math.max(...flights.map(({ inFlight }) => inFlight))).toBeGreaterThan(4);
    }
  }, 150_000);
});

interface Flight {
  /** Requests of the recovered endpoint in flight, this one included; and those answered since it recovered. */
  inFlight: number;
  answered: number;
}

/** Answers from now on, and records what is in flight at each request: the sender has seen at most what was answered. */
function recovery(receiver: Receiver, path: string): Flight[] {
  const flights: Flight[] = [];
  receiver.answer(path, () => {
    const inFlight = receiver.inFlight(path);
    flights.push({ inFlight, answered: flights.length + 1 - inFlight });
    return { delayMs: 10 };
  });
  return flights;
}
