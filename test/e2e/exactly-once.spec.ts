import { encodeId } from '#core';
import { describeEachBackend, startReceiver } from '#testing';
import type { Receiver } from '#testing';
import { Fleet } from '../fleet/fleet.js';

const ENDPOINTS = 200;
const EVENTS = 10_000;

describeEachBackend('two dispatchers', (backend) => {
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
  }, 30_000);

  it('deliver 10,000 events over 200 endpoints exactly once each, and keep every cap', async () => {
    const caps = Array.from({ length: ENDPOINTS }, (_, n) => 1 + (n % 5));
    const endpoints = await Promise.all(
      caps.map((concurrency, n) => fleet.endpoint(receiver.url(`/once-${n}`), { concurrency })),
    );
    for (const [n] of endpoints.entries()) receiver.answer(`/once-${n}`, { delayMs: n % 10 });
    const published: string[] = [];
    for (let batch = 0; batch < EVENTS / 500; batch += 1) {
      const events = Array.from({ length: 500 }, (_, n) => endpoints[(batch * 500 + n) % ENDPOINTS]);
      const answers = await fleet.publish(
        events.map((endpoint) => ({ to: encodeId('subscriber', endpoint?.subscriberId ?? '') })),
      );
      published.push(...answers.map(({ id }) => encodeId('event', id)));
    }
    expect(await fleet.settled(90_000)).toEqual({ delivered: EVENTS });
    const received = receiver.requests.map(({ headers }) => String(headers['webhook-id']));
    expect(received.toSorted()).toEqual(published.toSorted());
    const over = caps.filter((cap, n) => receiver.maxInFlight(`/once-${n}`) > cap);
    expect(over).toEqual([]);
    // The caps were really used: else this would show nothing.
    expect(caps.filter((cap, n) => receiver.maxInFlight(`/once-${n}`) === cap).length).toBeGreaterThan(ENDPOINTS / 2);
  }, 120_000);
});
