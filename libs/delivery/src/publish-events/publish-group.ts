import { ProblemError } from '#core';
import { publishEvents } from '#persistence';
import type { Database } from '#persistence';
import type { Backlog } from './backlog.js';
import { preparePublish } from './prepare-publish.js';
import type { PreparedRequest, PublishRequest } from './prepare-publish.js';
import type { PublishedEvent } from './new-event.js';
import { isRolledBack, problemOf, storeOne } from './store-outcome.js';
import { WaitingLine } from './waiting-line.js';
import type { Group, Waiting } from './waiting-line.js';

export interface GroupLimits {
  /** Events in one statement. At most 16,384: that many positions fit in an id. */
  groupRows: number;
  groupBytes: number;
  /** What may wait for its group; beyond it publishing answers 503. */
  queueRows: number;
  queueBytes: number;
}

/** Statements under way at once: one is written while the other waits for its commit. */
const GROUPS_AT_ONCE = 2;

/**
 * Group commit: requests that come while a group is being written share the next statement and its commit. A group that the server refused is
 * done again request by request, so that nobody fails for another's row.
 */
export class PublishGroup {
  private readonly line: WaitingLine;
  private running = 0;
  private scheduled = false;

  constructor(
    private readonly database: Database,
    private readonly backlog: Backlog,
    limits: GroupLimits,
    private readonly onStored: (endpointIds: string[]) => void,
  ) {
    this.line = new WaitingLine(limits);
  }

  /** Resolves after the commit. Throws `overloaded` when too much is waiting already. */
  async publish(request: PublishRequest): Promise<PublishedEvent[]> {
    const leave = this.backlog.enter(request);
    try {
      return await new Promise((resolve, reject) => {
        this.line.add({ request, resolve, reject });
        this.schedule();
      });
    } finally {
      leave();
    }
  }

  private schedule(): void {
    if (this.scheduled || this.running >= GROUPS_AT_ONCE || this.line.length === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      const group = this.line.next();
      // Without one, everybody waits for a key of a group under way, whose end comes back here.
      if (!group) return;
      void this.writeGroup(group);
      this.schedule();
    });
  }

  private async writeGroup(group: Group): Promise<void> {
    this.running += 1;
    const stored = new Set<Waiting>();
    try {
      await this.write(group.members, stored);
    } finally {
      this.line.done(group, stored);
      this.running -= 1;
      this.schedule();
    }
  }

  private async write(group: Waiting[], stored: Set<Waiting>): Promise<void> {
    if (group.length > 1 && (await this.writeTogether(group, stored))) return;
    await Promise.all(group.map((one) => this.writeAlone(one, stored)));
  }

  /** False: the server refused the group, nothing is stored and everyone still waits. */
  private async writeTogether(group: Waiting[], stored: Set<Waiting>): Promise<boolean> {
    try {
      await this.prepareAndStore(group, stored);
    } catch (error) {
      if (isRolledBack(error)) return false;
      for (const waiting of group) waiting.reject(problemOf(error, waiting.request));
    }
    return true;
  }

  private async writeAlone(one: Waiting, stored: Set<Waiting>): Promise<void> {
    try {
      await storeOne(one.request, () => this.prepareAndStore([one], stored));
    } catch (error) {
      one.reject(error);
    }
  }

  private async prepareAndStore(group: Waiting[], done: Set<Waiting>): Promise<void> {
    const answers = await preparePublish(
      this.database,
      group.map(({ request }) => request),
    );
    const ready: { waiting: Waiting; prepared: PreparedRequest; from: number }[] = [];
    const rows: PreparedRequest['rows'] = [];
    const refused: { waiting: Waiting; problem: ProblemError }[] = [];
    group.forEach((waiting, index) => {
      const prepared = answers[index];
      if (!prepared || prepared instanceof ProblemError) {
        refused.push({ waiting, problem: prepared ?? new ProblemError('internal') });
        return;
      }
      ready.push({ waiting, prepared, from: rows.length });
      rows.push(...prepared.rows);
    });
    const stored = rows.length > 0 ? await publishEvents(this.database, rows) : [];
    for (const { waiting, problem } of refused) waiting.reject(problem);
    for (const { waiting, prepared, from } of ready) {
      waiting.resolve(answerOf(prepared, stored.slice(from, from + prepared.rows.length)));
      done.add(waiting);
    }
    this.onStored([...new Set(stored.flatMap((event) => event.endpointIds))]);
  }
}

/** Twins within a request share a row: the first one made it, the others repeat its answer. */
export function answerOf(
  prepared: PreparedRequest,
  stored: readonly { id: string; deliveries: number }[],
): PublishedEvent[] {
  const made = new Set<number>();
  return prepared.places.map((place) => {
    if (typeof place !== 'number') return place;
    const event = stored[place];
    if (!event) throw new Error('An event was stored without an answer');
    const replayed = made.has(place);
    made.add(place);
    return { id: event.id, deliveries: event.deliveries, replayed };
  });
}
