import { encodeId } from '#core';
import { describeEachBackend, flushRedis, startReceiver } from '#testing';
import type { Receiver } from '#testing';
import { Fleet } from '../fleet/fleet.js';

const LEASE_MS = 2_000;
const TIMEOUT_MS = 3_000;

describeEachBackend('when a process fails', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;

  beforeEach(async () => {
    receiver = await startReceiver();
    fleet = await Fleet.start(backend, {
      dispatchers: 0,
      env: { LEASE_MS: String(LEASE_MS), QUEUE_LOCK_MS: '2000', QUEUE_STALLED_MS: '1000' },
    });
  }, 30_000);

  afterEach(async () => {
    receiver.release();
    await fleet.stop();
    await receiver.close();
  }, 60_000);

  const publish = async (subscriberId: string, count: number): Promise<string[]> => {
    const to = encodeId('subscriber', subscriberId);
    const answers = await fleet.publish(Array.from({ length: count }, () => ({ to })));
    return answers.map(({ id }) => encodeId('event', id));
  };

  const idsAt = (path: string): string[] => receiver.at(path).map(({ headers }) => String(headers['webhook-id']));

  it('delivers every accepted event after kill -9 of the dispatcher in mid-flight, and keeps the cap meanwhile', async () => {
    const first = await fleet.addChild();
    const endpoints = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        fleet.endpoint(receiver.url(`/kill-${n}`), { concurrency: 4, timeoutMs: 1_000 }),
      ),
    );
    for (const [n] of endpoints.entries()) receiver.answer(`/kill-${n}`, { delayMs: 40 });
    const published = (await Promise.all(endpoints.map(({ subscriberId }) => publish(subscriberId, 100)))).flat();
    await receiver.waitFor((r) => r.requests.length > 150);
    first.signal('SIGKILL');
    await fleet.addChild();
    await fleet.settled(45_000);
    const received = new Set(receiver.requests.map(({ headers }) => String(headers['webhook-id'])));
    expect(published.filter((id) => !received.has(id))).toEqual([]);
    // Only what was in flight, or answered and not yet settled, may have come twice.
    expect(receiver.requests.length - published.length).toBeLessThanOrEqual(10 * 4 * 6);
    for (const [n] of endpoints.entries()) expect(receiver.maxInFlight(`/kill-${n}`)).toBeLessThanOrEqual(4);
  }, 90_000);

  it('sends nothing more when a holder was stopped past its lease and goes on (SIGSTOP, SIGCONT)', async () => {
    const stopped = await fleet.addChild();
    const { subscriberId } = await fleet.endpoint(receiver.url('/stop'), { concurrency: 2, timeoutMs: TIMEOUT_MS });
    // The first answer opens the lane's ramp, then two hang.
    receiver.answer('/stop', (_, n) => ({ hang: n > 0 }));
    const published = await publish(subscriberId, 30);
    await receiver.waitFor((r) => r.at('/stop').length === 3);
    const inFlight = idsAt('/stop').slice(1);
    stopped.signal('SIGSTOP');
    const stoppedAt = Date.now();
    // Its answers wait in its sockets; what it has claimed waits in its memory.
    receiver.answer('/stop', { status: 200 });
    receiver.release();
    await fleet.addChild();
    await receiver.waitFor(
      (r) => published.every((id) => r.at('/stop').some(({ headers }) => headers['webhook-id'] === id)),
      30_000,
    );
    await fleet.settled(20_000);
    // Its sockets were open: for as long as its requests could have lasted, they filled the cap.
    expect((receiver.at('/stop')[3]?.at ?? 0) - stoppedAt).toBeGreaterThan(LEASE_MS / 3 + TIMEOUT_MS);
    const before = receiver.at('/stop').length;
    stopped.signal('SIGCONT');
    // It is alive again and works: it finishes in good order, having had every occasion to send what it had claimed.
    await stopped.stop();
    expect(receiver.at('/stop').length).toBe(before);
    const twice = idsAt('/stop').filter((id, index, all) => all.indexOf(id) !== index);
    expect(twice.every((id) => inFlight.includes(id))).toBe(true);
  }, 90_000);

  if (backend.kind === 'redis') {
    it('delivers everything within 30 s after FLUSHALL while deliveries wait, without a restart', async () => {
      await fleet.addChild();
      const waiting = await fleet.endpoint(receiver.url('/flush-retry'), { retryInitialDelaySeconds: 3 });
      // Refused and not failed, and fewer than the breaker opens for: what is looked at here is what waits for its retry.
      receiver.answer('/flush-retry', (_, n) => ({ status: n < 15 ? 404 : 200 }));
      await publish(waiting.subscriberId, 15);
      await receiver.waitFor((r) => r.at('/flush-retry').length >= 15);
      const fresh = await fleet.endpoint(receiver.url('/flush-fresh'));
      await flushRedis(backend.redisUrl ?? '');
      await publish(fresh.subscriberId, 20);
      await flushRedis(backend.redisUrl ?? '');
      expect(await fleet.settled(30_000)).toEqual({ delivered: 35 });
      // And goes on as if nothing had been.
      await publish(fresh.subscriberId, 5);
      expect(await fleet.settled(15_000)).toEqual({ delivered: 40 });
    }, 60_000);
  }
});
