import { Webhook } from 'standardwebhooks';
import { encodeId } from '#core';
import { formatSecret } from '#signing';
import { describeEachBackend, startReceiver } from '#testing';
import type { Receiver } from '#testing';
import { Fleet } from '../fleet/fleet.js';

describeEachBackend('delivering', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await startReceiver();
    fleet = await Fleet.start(backend, { dispatchers: 1 });
  });

  afterAll(async () => {
    await fleet.stop();
    await receiver.close();
  });

  const subscriber = (id: string) => encodeId('subscriber', id);

  it('brings a published event to its endpoint, signed', async () => {
    const endpoint = await fleet.endpoint(receiver.url('/signed'));
    const [event] = await fleet.publish([
      { to: subscriber(endpoint.subscriberId), payload: Buffer.from('{"orderId":12345}') },
    ]);
    await receiver.waitFor((r) => r.at('/signed').length === 1);
    const [request] = receiver.at('/signed');
    const body = request?.body.toString() ?? '';
    expect(request?.headers).toMatchObject({
      'webhook-id': encodeId('event', event?.id ?? ''),
      'content-type': 'application/json',
      'posthorn-attempt': '1',
    });
    expect(body).toMatch(/^\{"type":"order\.placed","timestamp":"[^"]+","data":\{"orderId":12345\}\}$/);
    const verified = new Webhook(formatSecret(endpoint.secret)).verify(
      body,
      request?.headers as Record<string, string>,
    );
    expect(verified).toMatchObject({ type: 'order.placed', data: { orderId: 12345 } });
  });

  it('retries after a 503 at the next delay of the endpoint’s own policy', async () => {
    receiver.answer('/flaky', [{ status: 503 }, { status: 503 }, { status: 200 }]);
    const endpoint = await fleet.endpoint(receiver.url('/flaky'), { retryInitialDelaySeconds: 0.3, retryFactor: 2 });
    await fleet.publish([{ to: subscriber(endpoint.subscriberId) }]);
    await receiver.waitFor((r) => r.at('/flaky').length === 3);
    const [first, second, third] = receiver.at('/flaky');
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(299);
    expect((third?.at ?? 0) - (second?.at ?? 0)).toBeGreaterThanOrEqual(599);
    expect(receiver.at('/flaky').map(({ headers }) => headers['posthorn-attempt'])).toEqual(['1', '2', '3']);
    expect(new Set(receiver.at('/flaky').map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    await fleet.settled();
  });

  it('delivers many events over several endpoints, each once', async () => {
    const endpoints = await Promise.all(
      Array.from({ length: 20 }, (_, n) => fleet.endpoint(receiver.url(`/many-${n}`))),
    );
    for (let round = 0; round < 5; round += 1) {
      await fleet.publish(
        endpoints.flatMap(({ subscriberId }) => Array.from({ length: 10 }, () => ({ to: subscriber(subscriberId) }))),
      );
    }
    await receiver.waitFor((r) => r.requests.filter(({ path }) => path.startsWith('/many-')).length >= 1_000, 20_000);
    await fleet.settled();
    const ids = receiver.requests
      .filter(({ path }) => path.startsWith('/many-'))
      .map(({ path, headers }) => `${path} ${String(headers['webhook-id'])}`);
    expect(ids).toHaveLength(1_000);
    expect(new Set(ids).size).toBe(1_000);
    for (let n = 0; n < 20; n += 1) expect(receiver.maxInFlight(`/many-${n}`)).toBeLessThanOrEqual(10);
  });

  it('goes on within seconds when Postgres drops every connection, and delivers everything', async () => {
    receiver.answer('/dropped', { delayMs: 5 });
    const endpoint = await fleet.endpoint(receiver.url('/dropped'), { concurrency: 2 });
    const to = subscriber(endpoint.subscriberId);
    await fleet.publish(Array.from({ length: 300 }, () => ({ to })));
    await receiver.waitFor((r) => r.at('/dropped').length > 20);
    await fleet.database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'posthorn-dispatcher%'`,
    );
    expect(await fleet.settled(12_000)).not.toHaveProperty('pending');
    const ids = new Set(receiver.at('/dropped').map(({ headers }) => headers['webhook-id']));
    expect(ids.size).toBe(300);
  }, 20_000);
});
