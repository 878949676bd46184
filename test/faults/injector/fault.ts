import type { Random } from '../../../simulate/random.js';
import type { Effect } from '../workload/logs.js';
import type { Stack } from '../stack/stack.js';
import type { Workload } from '../workload/workload.js';

/** What faults befall. */
export interface Scene {
  readonly stack: Stack;
  readonly workload: Workload;
  /** How long outages last: 1 in a long run, less in CI. */
  readonly scale: number;
}

/** A kind of fault. */
export interface FaultKind {
  readonly name: string;
  readonly effect: Effect;
  /** Draws what it will befall and how; nothing happens yet. */
  draw(scene: Scene, random: Random): DrawnFault;
}

export interface DrawnFault {
  /** Of its target, for the log. */
  readonly on: string;
  /** What no other fault may touch meanwhile. */
  readonly touches: readonly string[];
  /** Only these endpoints; null: any. */
  readonly endpoints?: readonly string[] | null;
  /** Injects it, waits, and takes it back; resolves when it is over, with what is to be said of it. */
  run(): Promise<string | null>;
}

export const pick = <Item>(items: readonly Item[], random: Random): Item => {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('There is nothing to choose from');
  return item;
};

export const between = (least: number, most: number, random: Random): number => least + random() * (most - least);
