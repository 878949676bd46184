import { SECOND } from '../units.js';

/** The longest an attempt may last, and until a dispatcher that is not heard of any more counts as gone. */
const REMEMBERED_MS = 35 * SECOND;

/**
 * One dispatcher's part of the cap of a target: the cap, divided by the live dispatchers. It falls as soon as another one is heard of, and rises only
 * when what one that has left had in flight must be over. Never zero: with more dispatchers than the cap has requests, each has one.
 */
export class TargetShare {
  private seen: { live: number; at: number }[] = [];

  /** `cap`: of all dispatchers together; 0 = there is none. */
  constructor(private readonly cap: number) {}

  /** Before anything is known of the others. */
  get atFirst(): number {
    return this.cap === 0 ? Infinity : 1;
  }

  /** So many dispatchers live now (ms on any clock that does not jump): how much is in flight from here at most, to one target. */
  learn(live: number, now: number): number {
    this.seen = this.seen.filter(({ at, live: then }) => now - at < REMEMBERED_MS && then > live);
    this.seen.push({ live, at: now });
    const most = Math.max(1, ...this.seen.map((one) => one.live));
    return this.cap === 0 ? Infinity : Math.max(1, Math.floor(this.cap / most));
  }
}
