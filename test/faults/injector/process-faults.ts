import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../../simulate/random.js';
import type { KillPoint } from '../preload/kill-point.js';
import { LEASE_MS } from '../settings.js';
import type { AppProcess, Role } from '../stack/app-process.js';
import type { DrawnFault, FaultKind, Scene } from './fault.js';
import { between, pick } from './fault.js';

const DOWN_MS = { least: 100, most: 1_500 };
const POINT_WITHIN_MS = 3_000;
const CLOCK_OFF_MS = 600_000;
/** A dispatcher looks at its clock every five seconds. */
const CLOCK_OFF_FOR_MS = 6_500;

const appOf = ({ stack }: Scene, role: Role, random: Random): AppProcess => pick(stack.of(role), random).app;

/** Kills it and starts it again a moment later, as whatever supervises it would. */
function killing(role: Role): FaultKind {
  return {
    name: `kill -9 of ${role === 'api' ? 'an api' : 'a dispatcher'}`,
    effect: role === 'api' ? 'none' : 'death',
    draw: (scene, random) => {
      const app = appOf(scene, role, random);
      const downMs = between(DOWN_MS.least, DOWN_MS.most, random);
      return {
        on: app.name,
        touches: [app.name],
        run: async () => {
          await app.kill();
          await delay(downMs);
          app.start();
          return null;
        },
      };
    },
  };
}

/** Kills it at that point of its work, or, when it does not come by in time, anywhere. */
function killingAt(point: KillPoint, role: Role): FaultKind {
  return {
    name: `kill -9 ${point}`,
    effect: role === 'api' ? 'none' : 'death',
    draw: (scene, random) => {
      const app = appOf(scene, role, random);
      const downMs = between(DOWN_MS.least, DOWN_MS.most, random);
      return {
        on: app.name,
        touches: [app.name],
        run: async () => {
          app.tell({ arm: point });
          const reached = await app.dies(POINT_WITHIN_MS);
          if (!reached) await app.kill();
          await delay(downMs);
          app.start();
          return reached ? null : 'point not reached, killed all the same';
        },
      };
    },
  };
}

const rollingRestart: FaultKind = {
  name: 'SIGTERM, one app after the other',
  effect: 'none',
  draw: (scene) => ({
    on: 'all apps',
    touches: scene.stack.apps.map((app) => app.name),
    run: async () => {
      for (const app of scene.stack.apps) {
        await app.stop();
        app.start();
        while (!(await app.isReady())) await delay(50);
      }
      return null;
    },
  }),
};

const stoppedHolder: FaultKind = {
  name: 'SIGSTOP of a dispatcher past its lease, then SIGCONT',
  effect: 'stop',
  draw: (scene, random) => {
    const app = appOf(scene, 'dispatcher', random);
    const forMs = LEASE_MS * between(1.3, 2.5, random);
    return {
      on: app.name,
      touches: [app.name],
      run: async () => {
        app.signal('SIGSTOP');
        await delay(forMs);
        app.signal('SIGCONT');
        return null;
      },
    };
  },
};

function wrongClock(offMs: number): FaultKind {
  return {
    name: `a dispatcher's clock ${offMs > 0 ? '+' : '-'}10 min`,
    effect: 'none',
    draw: (scene, random): DrawnFault => {
      const app = appOf(scene, 'dispatcher', random);
      return {
        on: app.name,
        touches: [app.name],
        run: async () => {
          app.tell({ clockOffMs: offMs });
          await delay(CLOCK_OFF_FOR_MS);
          const noticed = !(await app.isReady());
          app.tell({ clockOffMs: 0 });
          return noticed ? 'turned unready' : 'stayed ready';
        },
      };
    },
  };
}

export const PROCESS_FAULTS: readonly FaultKind[] = [
  killing('api'),
  killing('dispatcher'),
  killingAt('after send, before settle', 'dispatcher'),
  killingAt('in mid-claim', 'dispatcher'),
  killingAt('between lease release and job end', 'dispatcher'),
  killingAt('after commit, before wake', 'api'),
  rollingRestart,
  stoppedHolder,
  wrongClock(CLOCK_OFF_MS),
  wrongClock(-CLOCK_OFF_MS),
];
