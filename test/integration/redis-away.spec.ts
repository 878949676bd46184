import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '#embedded';
import { encodeId } from '#core';
import { describeOnRedis, startReceiver } from '#testing';
import { TestApi } from '../api/api.js';
import { Fleet } from '../fleet/fleet.js';

const SWEEP_MS = 1_000;

async function startRedis(port: number): Promise<ChildProcess> {
  const redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for await (const text of redis.stdout) if (String(text).includes('Ready to accept')) break;
  return redis;
}

// A Redis of its own, which dies; the suite's only says that there is one on this machine.
describeOnRedis('while Redis is away', () => {
  it('publishing goes on with 202, and deliveries resume by themselves when it is back', async () => {
    const port = await freePort();
    let redis = await startRedis(port);
    const receiver = await startReceiver();
    const backend = { kind: 'redis', redisUrl: `redis://127.0.0.1:${port}`, prefix: 'away' } as const;
    const fleet = await Fleet.start(backend, { dispatchers: 1, env: { SWEEP_MS: String(SWEEP_MS) } });
    const api = await TestApi.start({ beside: fleet });
    try {
      const key = await api.addKey(fleet.tenantId, { role: 'tenant' });
      const { subscriberId } = await fleet.endpoint(receiver.url('/away'));
      const body = { subscriber: encodeId('subscriber', subscriberId), type: 'order.placed', data: 1 };
      const publish = () => api.expect(202, 'POST', '/v1/events', { key, body });
      await publish();
      await receiver.waitFor((r) => r.at('/away').length === 1);
      const gone = once(redis, 'exit');
      redis.kill('SIGKILL');
      await gone;
      const begun = performance.now();
      for (let n = 0; n < 50; n += 1) await publish();
      expect((performance.now() - begun) / 50).toBeLessThan(500);
      redis = await startRedis(port);
      expect(await fleet.settled(30_000)).toEqual({ delivered: 51 });
      await publish();
      expect(await fleet.settled(15_000)).toEqual({ delivered: 52 });
    } finally {
      await api.stop();
      await fleet.stop();
      await receiver.close();
      const gone = once(redis, 'exit');
      redis.kill('SIGKILL');
      await gone;
    }
  }, 90_000);
});
