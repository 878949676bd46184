import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { LaneHosting, LaneWaker } from '#lanes';
import { createTestDatabase, describeOnRedis, TcpProxy, testConfig } from '#testing';
import { queueSettings } from '../../apps/dispatcher/src/dispatcher-config.js';

describeOnRedis('a wake that comes before the connection stands', (backend) => {
  it('waits for it', async () => {
    const test = await createTestDatabase();
    const config = testConfig(test.url, backend);
    const queue = queueSettings(config);
    const url = new URL(queue.redisUrl ?? '');
    const way = await TcpProxy.to({ host: url.hostname, port: Number(url.port) });
    way.delayMs = 100;
    url.port = String(way.port);
    const errors: Error[] = [];
    const waker = LaneWaker.open({ ...queue, redisUrl: url.href }, (error) => errors.push(error));
    const works = new EventEmitter();
    const handler = {
      lane: async (endpointId: string) => void works.emit('lane', endpointId),
      fanOut: async () => undefined,
    };
    const hosting = new LaneHosting(
      { ...queue, ...config.queue },
      handler,
      () => waker.ping(),
      (error) => errors.push(error),
    );
    try {
      const worked = once(works, 'lane');
      const id = randomUUID();
      waker.wake([id]);
      hosting.start();
      expect(await worked).toEqual([id]);
      expect(errors).toEqual([]);
    } finally {
      await hosting.close();
      await waker.close();
      await way.close();
      await test.drop();
    }
  });
});
