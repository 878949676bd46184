import type { PublishRequest } from './prepare-publish.js';
import type { PublishedEvent } from './new-event.js';

export interface Waiting {
  request: PublishRequest;
  resolve(published: PublishedEvent[]): void;
  reject(error: unknown): void;
}

interface InLine {
  waiting: Waiting;
  bytes: number;
  /** Its idempotency keys whose outcome is open. */
  keys: string[];
}

/** Requests written together, with what the line must know when they are done. */
export interface Group {
  members: Waiting[];
  keys: Map<Waiting, string[]>;
}

/**
 * Requests in the order in which they came. Of those with an equal idempotency key only the first is let into a group, since equal keys fail
 * it as a whole; the others wait for its outcome, then find its answer by the ordinary look-up, or go on as themselves if it failed.
 */
export class WaitingLine {
  private line: InLine[] = [];
  private readonly underWay = new Set<string>();

  constructor(private readonly limits: { groupRows: number; groupBytes: number }) {}

  get length(): number {
    return this.line.length;
  }

  add(waiting: Waiting): void {
    const { tenantId, events } = waiting.request;
    const keys = new Set<string>();
    for (const { idempotencyKey } of events) if (idempotencyKey !== null) keys.add(`${tenantId} ${idempotencyKey}`);
    const bytes = events.reduce((sum, event) => sum + event.payload.length, 0);
    this.line.push({ waiting, bytes, keys: [...keys] });
  }

  /** The next group; null when everyone waits for a key under way. The first in line never waits for anybody behind it. */
  next(): Group | null {
    // A request that stays keeps its keys for itself: otherwise one with many keys could be overtaken for ever.
    const taken = new Set(this.underWay);
    const chosen: InLine[] = [];
    const staying: InLine[] = [];
    let rows = 0;
    let bytes = 0;
    let looked = 0;
    for (const one of this.line) {
      const fits = !one.keys.some((key) => taken.has(key));
      if (fits) {
        rows += one.waiting.request.events.length;
        bytes += one.bytes;
        if (chosen.length > 0 && (rows > this.limits.groupRows || bytes > this.limits.groupBytes)) break;
      }
      for (const key of one.keys) taken.add(key);
      (fits ? chosen : staying).push(one);
      looked += 1;
    }
    if (chosen.length === 0) return null;
    this.line = staying.concat(this.line.slice(looked));
    for (const { keys } of chosen) for (const key of keys) this.underWay.add(key);
    return {
      members: chosen.map(({ waiting }) => waiting),
      keys: new Map(chosen.map(({ waiting, keys }) => [waiting, keys])),
    };
  }

  /** The group's keys are free again. Those of `stored` have their answer: nobody in line waits for them any more, so twins go together. */
  done(group: Group, stored: ReadonlySet<Waiting>): void {
    const answered = new Set<string>();
    for (const [waiting, keys] of group.keys) {
      for (const key of keys) {
        this.underWay.delete(key);
        if (stored.has(waiting)) answered.add(key);
      }
    }
    if (answered.size === 0) return;
    for (const one of this.line) {
      if (one.keys.some((key) => answered.has(key))) one.keys = one.keys.filter((key) => !answered.has(key));
    }
  }
}
