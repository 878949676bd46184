import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../../simulate/random.js';
import { now } from '../settings.js';
import type { FaultWindow } from '../workload/logs.js';
import { pick } from './fault.js';
import type { DrawnFault, FaultKind, Scene } from './fault.js';
import { NETWORK_FAULTS } from './network-faults.js';
import { POSTGRES_FAULTS } from './postgres-faults.js';
import { PROCESS_FAULTS } from './process-faults.js';
import { REDIS_FAULTS } from './redis-faults.js';

const FAULT_KINDS: readonly FaultKind[] = [...PROCESS_FAULTS, ...POSTGRES_FAULTS, ...REDIS_FAULTS, ...NETWORK_FAULTS];

export const kindsLike = (names: RegExp): FaultKind[] => FAULT_KINDS.filter(({ name }) => names.test(name));

/** What an injected fault turned out to be. */
export interface InjectedFault extends FaultWindow {
  readonly round: number;
  readonly remark: string | null;
}

/** Of a round. */
const AT_ONCE = { least: 2, most: 4 };
const APART_MS = 800;

/** Draws faults, every kind in turn in an order of its own, and injects a few at a time. All it chooses comes from its seed. */
export class Injector {
  readonly injected: InjectedFault[] = [];
  private deck: FaultKind[] = [];
  private round = 0;

  constructor(
    private readonly scene: Scene,
    private readonly random: Random,
    private readonly kinds: readonly FaultKind[],
  ) {}

  /** How many rounds it takes at most until every kind has had its turn. */
  get hasShownAll(): boolean {
    return this.kinds.every((kind) => this.injected.some((fault) => fault.kind === kind.name));
  }

  /** Some faults that overlap; resolves with them when all are over. */
  async inject(): Promise<InjectedFault[]> {
    this.round += 1;
    const begun = this.injected.length;
    const faults = this.drawRound();
    const windows = await Promise.all(faults.map(({ kind, drawn, after }) => this.run(kind, drawn, after)));
    this.injected.push(...windows);
    return this.injected.slice(begun);
  }

  private drawRound(): { kind: FaultKind; drawn: DrawnFault; after: number }[] {
    const count = AT_ONCE.least + Math.floor(this.random() * (AT_ONCE.most - AT_ONCE.least + 1));
    const touched = new Set<string>();
    const round: { kind: FaultKind; drawn: DrawnFault; after: number }[] = [];
    const putBack: FaultKind[] = [];
    while (round.length < count && putBack.length < AT_ONCE.most) {
      const kind = this.next();
      const drawn = kind.draw(this.scene, this.random);
      if (drawn.touches.some((thing) => touched.has(thing))) {
        putBack.push(kind);
        continue;
      }
      for (const thing of drawn.touches) touched.add(thing);
      round.push({ kind, drawn, after: this.random() * APART_MS });
    }
    this.deck.unshift(...putBack);
    return round;
  }

  private next(): FaultKind {
    if (this.deck.length === 0) this.deck = shuffled(this.kinds, this.random);
    return this.deck.shift() ?? pick(this.kinds, this.random);
  }

  private async run(kind: FaultKind, drawn: DrawnFault, after: number): Promise<InjectedFault> {
    await delay(after);
    const from = now();
    const remark = await drawn.run();
    const { on, endpoints = null } = drawn;
    const { name, effect } = kind;
    return { kind: name, effect, on, endpoints, from, until: now(), round: this.round, remark };
  }
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const order = items.map((item) => ({ item, by: random() }));
  return order.sort((a, b) => a.by - b.by).map(({ item }) => item);
}
