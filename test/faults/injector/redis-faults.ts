import { setTimeout as delay } from 'node:timers/promises';
import { flushRedis, tellRedis } from '#testing';
import type { Random } from '../../../simulate/random.js';
import type { FaultKind, Scene } from './fault.js';
import { between } from './fault.js';

/** Redis is only a way to say "look": whatever becomes of it, nothing is lost and nothing is sent twice. */
const redisFault = (name: string, run: (scene: Scene, random: Random) => Promise<void>): FaultKind => ({
  name,
  effect: 'none',
  draw: (scene, random) => ({ on: 'redis', touches: ['redis'], run: () => run(scene, random).then(() => null) }),
});

const urlOf = ({ stack }: Scene): string => stack.redis?.url ?? '';

async function kill({ stack }: Scene): Promise<void> {
  if (stack.redis) process.kill(stack.redis.pid, 'SIGKILL');
  await stack.redis?.ended;
}

/** For a while it answers writes with an error; reads go on. */
async function refuseWrites(scene: Scene, random: Random, begin: string, end: string): Promise<void> {
  await tellRedis(urlOf(scene), [begin]);
  await delay(between(1_500, 3_000, random));
  await tellRedis(urlOf(scene), [end]);
}

export const REDIS_FAULTS: readonly FaultKind[] = [
  redisFault('Redis killed, and away for a while', async (scene, random) => {
    await kill(scene);
    await delay(between(1_500, 4_000, random) * scene.scale);
    await scene.stack.newRedis();
  }),
  redisFault('Redis restarted empty', async (scene) => {
    await kill(scene);
    await scene.stack.newRedis();
  }),
  redisFault('Redis emptied', async (scene) => {
    await flushRedis(urlOf(scene));
  }),
  // A replica of a master that is not there: what a fail-over that went wrong leaves behind.
  redisFault('Redis read-only', (scene, random) =>
    refuseWrites(scene, random, 'REPLICAOF 127.0.0.1 1', 'REPLICAOF NO ONE'),
  ),
  redisFault('Redis out of memory', (scene, random) =>
    refuseWrites(scene, random, 'CONFIG SET maxmemory 1', 'CONFIG SET maxmemory 0'),
  ),
];
