import { ProblemError } from '#core';
import { publishEvents, sqlState } from '#persistence';
import type { Database } from '#persistence';
import { preparePublish } from './prepare-publish.js';
import type { PreparedRequest, PublishRequest } from './prepare-publish.js';
import type { PublishedEvent } from './new-event.js';

export interface GroupLimits {
  /** Events in one statement. At most 16,384: that many positions fit in an id. */
  groupRows: number;
  groupBytes: number;
  /** What may wait for its group; beyond it publishing answers 503. */
  queueRows: number;
  queueBytes: number;
}

interface Waiting {
  request: PublishRequest;
  bytes: number;
  resolve(published: PublishedEvent[]): void;
  reject(error: unknown): void;
}

/** Statements under way at once: one is written while the other waits for its commit. */
const GROUPS_AT_ONCE = 2;
const UNIQUE_VIOLATION = '23505';
const LOCK_NOT_AVAILABLE = '55P03';
/** A key that appears between the look and the write is found by the second look. */
const LOOKS = 3;

/**
 * Group commit: requests that come while a group is being written share the next statement and its commit. A group that fails is done again
 * request by request, so that nobody fails for another's row.
 */
export class PublishGroup {
  private waiting: Waiting[] = [];
  private rows = 0;
  private bytes = 0;
  private running = 0;
  private scheduled = false;

  constructor(
    private readonly database: Database,
    private readonly limits: GroupLimits,
    private readonly onStored: (endpointIds: string[]) => void,
  ) {}

  /** Resolves after the commit. Throws `overloaded` when too much is waiting already. */
  publish(request: PublishRequest): Promise<PublishedEvent[]> {
    const bytes = request.events.reduce((sum, event) => sum + event.payload.length, 0);
    const { queueRows, queueBytes } = this.limits;
    if (this.rows + request.events.length > queueRows || this.bytes + bytes > queueBytes) {
      throw new ProblemError('overloaded', { detail: 'Too much is waiting to be stored', retryAfterSeconds: 1 });
    }
    this.rows += request.events.length;
    this.bytes += bytes;
    return new Promise((resolve, reject) => {
      this.waiting.push({ request, bytes, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled || this.running >= GROUPS_AT_ONCE || this.waiting.length === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      void this.writeGroup(this.nextGroup());
      this.schedule();
    });
  }

  private nextGroup(): Waiting[] {
    let rows = 0;
    let bytes = 0;
    const full = this.waiting.findIndex(({ request, bytes: more }, index) => {
      rows += request.events.length;
      bytes += more;
      return index > 0 && (rows > this.limits.groupRows || bytes > this.limits.groupBytes);
    });
    return this.waiting.splice(0, full === -1 ? this.waiting.length : full);
  }

  private async writeGroup(group: Waiting[]): Promise<void> {
    this.running += 1;
    try {
      await this.write(group);
    } catch (error) {
      if (group.length === 1) group[0]?.reject(error);
      else await Promise.all(group.map((one) => this.writeAlone(one)));
    } finally {
      for (const { request, bytes } of group) {
        this.rows -= request.events.length;
        this.bytes -= bytes;
      }
      this.running -= 1;
      this.schedule();
    }
  }

  private async writeAlone(one: Waiting): Promise<void> {
    try {
      await this.write([one]);
    } catch (error) {
      one.reject(error);
    }
  }

  private async write(group: Waiting[]): Promise<void> {
    for (let look = 1; ; look += 1) {
      try {
        await this.prepareAndStore(group);
        return;
      } catch (error) {
        const alone = group.length === 1;
        if (alone && sqlState(error) === UNIQUE_VIOLATION && look < LOOKS) continue;
        if (alone && isKeyed(group) && sqlState(error) === LOCK_NOT_AVAILABLE) {
          throw new ProblemError('idempotency_in_progress', { retryAfterSeconds: 1 });
        }
        throw error;
      }
    }
  }

  private async prepareAndStore(group: Waiting[]): Promise<void> {
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
    for (const { waiting, prepared, from } of ready)
      waiting.resolve(answerOf(prepared, stored.slice(from, from + prepared.rows.length)));
    this.onStored([...new Set(stored.flatMap((event) => event.endpointIds))]);
  }
}

const isKeyed = (group: Waiting[]): boolean =>
  group.some(({ request }) => request.events.some((event) => event.idempotencyKey !== null));

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
