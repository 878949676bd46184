import { encodeId } from '#core';
import { describeEachBackend, startReceiver } from '#testing';
import type { Receiver } from '#testing';
import { Fleet } from '../fleet/fleet.js';

const LANES = 8;
const EVENTS = 60;

describeEachBackend('dispatchers that share lanes', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await startReceiver();
    fleet = await Fleet.start(backend, { dispatchers: 1, env: { HEARTBEAT_MS: '200' } });
  });

  afterAll(async () => {
    receiver.release();
    await fleet.stop();
    await receiver.close();
  });

  it('hand lanes that never run dry to one that came later, and nothing is lost', async () => {
    const subscribers: string[] = [];
    for (let lane = 0; lane < LANES; lane++) {
      receiver.answer(`/lane-${lane}`, { status: 200, delayMs: 100 });
      const { subscriberId } = await fleet.endpoint(receiver.url(`/lane-${lane}`), { concurrency: 1 });
      subscribers.push(encodeId('subscriber', subscriberId));
    }
    await fleet.publish(subscribers.flatMap((to) => Array.from({ length: EVENTS }, () => ({ to }))));
    await receiver.waitFor((r) => subscribers.every((_, lane) => r.at(`/lane-${lane}`).length > 0), 5_000);
    const late = await fleet.addDispatcher();
    const until = performance.now() + 5_000;
    while (late.load().lanes < LANES / 2 - 1 && performance.now() < until) {
      await fleet.database.query('SELECT pg_sleep(0.05)');
    }
    expect(late.load().lanes).toBeGreaterThanOrEqual(LANES / 2 - 1);
    expect(await fleet.settled(20_000)).toEqual({ delivered: LANES * EVENTS });
  }, 40_000);
});
