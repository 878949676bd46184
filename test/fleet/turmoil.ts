import type { Random } from '../../simulate/random.js';
import type { ChildDispatcher } from './child-dispatcher.js';
import type { Fleet } from './fleet.js';
import { passes } from './real-time.js';

const CALM_MS = { least: 500, most: 1_500 };

/** What befalls a fleet's processes, by chance, one after the other. */
export class Turmoil {
  readonly happened: string[] = [];

  constructor(
    private readonly fleet: Fleet,
    private readonly children: ChildDispatcher[],
    private readonly random: Random,
    /** A process that was stopped for so long has lost every lease. */
    private readonly stoppedMs: number,
  ) {}

  /** At the end as many processes run as at the beginning. */
  async rage(forMs: number): Promise<void> {
    const until = performance.now() + forMs;
    while (performance.now() < until) {
      await passes(CALM_MS.least + this.random() * (CALM_MS.most - CALM_MS.least));
      await this.befall(Math.floor(this.random() * this.children.length));
    }
  }

  private async befall(n: number): Promise<void> {
    const child = this.children[n];
    if (!child) return;
    const chance = this.random();
    this.happened.push(chance < 0.35 ? 'killed' : chance < 0.7 ? 'stopped and continued' : 'terminated');
    if (chance < 0.35) await child.kill();
    else if (chance >= 0.7) await child.stop();
    else {
      child.signal('SIGSTOP');
      await passes(this.stoppedMs);
      child.signal('SIGCONT');
      return;
    }
    this.children[n] = await this.fleet.addChild();
  }
}
