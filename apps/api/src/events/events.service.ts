import { Injectable } from '@nestjs/common';
import { DAY, ProblemError, uuidTime } from '#core';
import { answerPage } from '#http-kit';
import type { AnsweredPage } from '#http-kit';
import { countDeliveryStates, Database, findEvent, listEvents, listEventsOfSubscriber } from '#persistence';
import type { ListedEvent } from '#persistence';
import { ApiClock } from '../api-clock.js';
import { ApiLimits } from '../api-limits.js';
import type { Caller } from '../auth/caller.js';
import { notFound, pathId } from '../path-id.js';
import { FindSubscriber } from '../subscribers/find-subscriber.js';
import { toListedEvent } from './dto/event.dto.js';
import type { ListedEventDto } from './dto/event.dto.js';
import type { ListEventsQuery } from './dto/list-events.query.js';
import { rawEvent } from './raw-event.js';

@Injectable()
export class EventsService {
  constructor(
    private readonly database: Database,
    private readonly findSubscriber: FindSubscriber,
    private readonly limits: ApiLimits,
    private readonly clock: ApiClock,
  ) {}

  /** One event as JSON. A subscriber sees it when it was addressed to it or went to one of its endpoints, and counts its own. */
  async get(caller: Caller, text: string): Promise<Buffer> {
    const id = pathId('event', text);
    const row = await findEvent(this.database, caller.tenantId, id);
    // Before anything is decided: whether another subscriber has an event must not be told by what its absence costs.
    const [states] = await countDeliveryStates(this.database, caller.tenantId, [id], caller.subscriberId);
    if (row === null) throw this.absent(id);
    const own = caller.subscriberId !== null;
    if (own && row.subscriberId !== caller.subscriberId && (states?.total ?? 0) === 0) throw notFound('event');
    return rawEvent(toListedEvent(row, states, own), row);
  }

  async list(caller: Caller, query: ListEventsQuery): Promise<AnsweredPage<ListedEventDto>> {
    const wanted = query.subscriber === undefined ? null : await this.findSubscriber.inFilter(caller, query.subscriber);
    const filter = {
      tenantId: caller.tenantId,
      subscriberId: wanted,
      type: query.type ?? null,
      idempotencyKey: query.idempotencyKey ?? null,
    };
    const own = caller.subscriberId;
    return answerPage(
      query,
      { list: 'events', ...filter, own },
      {
        load: (page) =>
          own !== null && wanted === null
            ? listEventsOfSubscriber(this.database, { ...filter, subscriberId: own }, page)
            : listEvents(this.database, filter, page),
        position: (row) => row.id,
        entries: (rows) => this.withStates(caller, rows),
      },
    );
  }

  private async withStates(caller: Caller, rows: ListedEvent[]): Promise<ListedEventDto[]> {
    const ids = rows.map((row) => row.id);
    const counted = await countDeliveryStates(this.database, caller.tenantId, ids, caller.subscriberId);
    const byEvent = new Map(counted.map((states) => [states.eventId, states]));
    return rows.map((row) => toListedEvent(row, byEvent.get(row.id), caller.subscriberId !== null));
  }

  /** The id tells when the event was: one past its retention is gone, not unknown. */
  private absent(id: string): ProblemError {
    const oldest = this.clock.now() - this.limits.retentionDays * DAY;
    return uuidTime(id) < oldest ? new ProblemError('payload_expired') : notFound('event');
  }
}
