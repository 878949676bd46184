import { encodeId } from '#core';
import { PublishEvents } from '#delivery';
import { describeEachBackend, startReceiver } from '#testing';
import type { Receiver } from '#testing';
import { Fleet } from '../fleet/fleet.js';

describeEachBackend('a wake that is lost', (backend) => {
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

  it('costs at most 15 s, with the standard settings', async () => {
    const { subscriberId } = await fleet.endpoint(receiver.url('/lost'));
    const deaf = new PublishEvents(
      fleet.database,
      { wake: () => undefined, wakeFanOut: () => undefined },
      fleet.config.publish,
    );
    const begun = performance.now();
    await deaf.publish(fleet.tenantId, [
      {
        recipient: { kind: 'subscriber', idOrUid: encodeId('subscriber', subscriberId) },
        type: 'order.placed',
        timestamp: null,
        payload: Buffer.from('{}'),
        payloadKind: 'data',
        idempotencyKey: null,
        pointer: '',
      },
    ]);
    await receiver.waitFor((r) => r.at('/lost').length === 1, 15_000);
    expect(performance.now() - begun).toBeLessThan(15_000);
  }, 20_000);
});
