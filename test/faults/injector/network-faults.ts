import { setTimeout as delay } from 'node:timers/promises';
import type { TcpProxy } from '#testing';
import type { Random } from '../../../simulate/random.js';
import type { Effect } from '../workload/logs.js';
import type { FaultKind, Scene } from './fault.js';
import { between, pick } from './fault.js';

interface Line {
  readonly proxy: TcpProxy;
  readonly on: string;
  readonly touches: readonly string[];
  readonly endpoints: readonly string[] | null;
}

/** The lines between two kinds of processes, of which a fault takes one. */
interface Between {
  readonly name: string;
  readonly effect: Effect;
  choose(scene: Scene, random: Random): Line;
}

const ofMember = (part: 'postgres' | 'redis' | 'front') => (scene: Scene, random: Random) => {
  const members = part === 'front' ? scene.stack.of('api') : scene.stack.members;
  const member = pick(members, random);
  return { proxy: member[part], on: member.app.name, touches: [member.app.name, part], endpoints: null };
};

const BETWEEN: readonly Between[] = [
  { name: 'an app and Postgres', effect: 'outage', choose: ofMember('postgres') },
  { name: 'an app and Redis', effect: 'none', choose: ofMember('redis') },
  { name: 'producers and an api', effect: 'none', choose: ofMember('front') },
  {
    name: 'dispatchers and a receiver',
    effect: 'deaf',
    choose: ({ workload }, random) => {
      const { plan, endpointId, receiver } = pick(workload.customers, random);
      return { proxy: receiver.line, on: plan.uid, touches: [`receiver ${plan.uid}`], endpoints: [endpointId] };
    },
  },
];

const cuts = BETWEEN.map(({ name, effect, choose }): FaultKind => ({
  name: `connections cut between ${name}`,
  effect,
  draw: (scene, random) => {
    const { proxy, ...of } = choose(scene, random);
    const times = 1 + Math.floor(random() * 3);
    return {
      ...of,
      run: async () => {
        for (let n = 0; n < times; n += 1) {
          proxy.drop();
          await delay(100);
        }
        return null;
      },
    };
  },
}));

const blackHoles = BETWEEN.map(({ name, effect, choose }): FaultKind => ({
  name: `black hole between ${name}`,
  effect,
  draw: (scene, random) => {
    const { proxy, ...of } = choose(scene, random);
    const forMs = between(1_500, 4_000, random) * scene.scale;
    return {
      ...of,
      run: async () => {
        proxy.blackHole();
        await delay(forMs);
        proxy.heal();
        return null;
      },
    };
  },
}));

const receiverDies: FaultKind = {
  name: 'a receiver dies',
  effect: 'deaf',
  draw: ({ workload }, random) => {
    const { plan, endpointId, receiver } = pick(workload.customers, random);
    const forMs = between(500, 3_000, random);
    return {
      ...{ on: plan.uid, touches: [`receiver ${plan.uid}`], endpoints: [endpointId] },
      run: async () => {
        await receiver.die();
        await delay(forMs);
        await receiver.rise();
        return null;
      },
    };
  },
};

export const NETWORK_FAULTS: readonly FaultKind[] = [...cuts, ...blackHoles, receiverDies];
