import { ProblemError } from '#core';
import { oneAtATime, publishBroadcast, publishEvents } from '#persistence';
import type { Database, EventRow, Runner } from '#persistence';
import type { LaneWaker } from '#lanes';
import { Backlog } from './backlog.js';
import { answerOf, PublishGroup } from './publish-group.js';
import type { GroupLimits } from './publish-group.js';
import { preparePublish } from './prepare-publish.js';
import type { PublishRequest } from './prepare-publish.js';
import type { NewEvent, PublishedEvent } from './new-event.js';
import { storeOne } from './store-outcome.js';

/** More lanes than this are not woken one by one here: a dispatcher expands one job into their wakes. */
const WAKES_AT_ONCE = 1_000;

interface Stored {
  id: string;
  deliveries: number;
  endpointIds: string[];
}

/**
 * The first step of an event: stored with all its deliveries in one committed batch, then the lanes it touches are woken (never awaited).
 * Resolving means committed.
 */
export class PublishEvents {
  private readonly backlog: Backlog;
  private readonly group: PublishGroup;

  constructor(
    private readonly database: Database,
    private readonly waker: Pick<LaneWaker, 'wake' | 'wakeFanOut'>,
    limits: GroupLimits,
  ) {
    this.backlog = new Backlog(limits);
    this.group = new PublishGroup(database, this.backlog, limits, (endpointIds) => {
      waker.wake(endpointIds);
    });
  }

  /**
   * All events or none, answers in their order. Throws ProblemError: `subscriber_not_found`, `subscriber_reserved`, `unknown_event_type`,
   * `event_type_reserved`, `idempotency_key_reused` (or `validation_failed` when mixed) naming every wrong event; `broadcast_too_wide`;
   * `idempotency_in_progress`; `overloaded`; `unavailable` when nobody knows whether it was stored; else the database's error.
   */
  async publish(tenantId: string, events: readonly NewEvent[]): Promise<PublishedEvent[]> {
    if (events.length === 0) return [];
    const request = { tenantId, events };
    if (events.every((event) => event.recipient.kind === 'subscriber')) return this.group.publish(request);
    return this.publishAlone(request);
  }

  /** A request with a broadcast commits by itself: nobody else waits for a wide fan-out. */
  private async publishAlone(request: PublishRequest): Promise<PublishedEvent[]> {
    const leave = this.backlog.enter(request);
    try {
      return await storeOne(request, () => this.storeAlone(request));
    } finally {
      leave();
    }
  }

  private async storeAlone(request: PublishRequest): Promise<PublishedEvent[]> {
    const [prepared] = await preparePublish(this.database, [request]);
    if (!prepared || prepared instanceof ProblemError) throw prepared ?? new ProblemError('internal');
    const stored = await this.database.together(async (runner) => {
      const keyed = prepared.rows.filter((row) => row.idempotencyKey !== null);
      if (keyed.length > 1) await oneAtATime(runner, request.tenantId);
      const all: Stored[] = [];
      for (const run of runsOf(prepared.rows)) all.push(...(await store(runner, run, prepared.maxBroadcast)));
      return all;
    });
    for (const event of stored) this.wake(event);
    return answerOf(prepared, stored);
  }

  private wake(event: Stored): void {
    if (event.endpointIds.length > WAKES_AT_ONCE) this.waker.wakeFanOut(event.id);
    else this.waker.wake(event.endpointIds);
  }
}

/** Neighbours that are addressed go in one statement; a broadcast has its own. The order stays. */
function runsOf(rows: readonly EventRow[]): EventRow[][] {
  const runs: EventRow[][] = [];
  for (const row of rows) {
    const last = runs.at(-1);
    if (last && row.subscriberId !== null && last[0]?.subscriberId !== null) last.push(row);
    else runs.push([row]);
  }
  return runs;
}

async function store(runner: Runner, run: EventRow[], maxBroadcast: number): Promise<Stored[]> {
  const [first] = run;
  if (first?.subscriberId !== null) return publishEvents(runner, run);
  const stored = await publishBroadcast(runner, first, maxBroadcast);
  if (!stored.accepted) {
    throw new ProblemError('broadcast_too_wide', { detail: `More than ${maxBroadcast} endpoints match` });
  }
  return [stored];
}
