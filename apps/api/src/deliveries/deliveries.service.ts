import { Injectable } from '@nestjs/common';
import { decodeId, encodeId } from '#core';
import type { IdKind } from '#core';
import { CancelDelivery, ResendDelivery } from '#delivery';
import { answerPage } from '#http-kit';
import type { AnsweredPage, ListQuery } from '#http-kit';
import { Database, findDelivery, lastAttempts, listAttempts, listDeliveries } from '#persistence';
import type { ListedDelivery } from '#persistence';
import { ApiClock } from '../api-clock.js';
import { AuditTrail } from '../audit-trail.js';
import type { Caller } from '../auth/caller.js';
import { notFound, pathId } from '../path-id.js';
import { FindSubscriber } from '../subscribers/find-subscriber.js';
import { toAttempt } from './dto/attempt.dto.js';
import type { AttemptDto } from './dto/attempt.dto.js';
import { optionalId, toDelivery } from './dto/delivery.dto.js';
import type { DeliveryDto, ResentDto } from './dto/delivery.dto.js';
import type { ListDeliveriesQuery } from './dto/list-deliveries.query.js';

const NUMBER = /^[1-9]\d{0,8}$/;

@Injectable()
export class DeliveriesService {
  constructor(
    private readonly database: Database,
    private readonly findSubscriber: FindSubscriber,
    private readonly resendDelivery: ResendDelivery,
    private readonly cancelDelivery: CancelDelivery,
    private readonly audit: AuditTrail,
    private readonly clock: ApiClock,
  ) {}

  async list(caller: Caller, query: ListDeliveriesQuery): Promise<AnsweredPage<DeliveryDto>> {
    const filter = {
      tenantId: caller.tenantId,
      endpointId: filterId('endpoint', query.endpoint),
      eventId: filterId('event', query.event),
      subscriberId:
        query.subscriber === undefined
          ? caller.subscriberId
          : await this.findSubscriber.inFilter(caller, query.subscriber),
      state: query.state ?? null,
      reason: query.reason ?? null,
      type: query.type ?? null,
      replayId: filterId('replay', query.replay),
    };
    return answerPage(
      query,
      { list: 'deliveries', ...filter },
      {
        load: (page) => listDeliveries(this.database, filter, page),
        position: (row) => row.id,
        entries: (rows) => this.withLastAttempts(rows),
      },
    );
  }

  async get(caller: Caller, id: string): Promise<DeliveryDto> {
    const [delivery] = await this.withLastAttempts([await this.find(caller, id)]);
    if (delivery === undefined) throw notFound('delivery');
    return delivery;
  }

  async attempts(caller: Caller, id: string, query: ListQuery): Promise<AnsweredPage<AttemptDto>> {
    const delivery = await this.find(caller, id);
    return answerPage(
      query,
      { list: 'attempts', delivery: delivery.id },
      {
        load: (page) =>
          listAttempts(this.database, delivery.id, {
            ...page,
            position: page.position === null ? null : Number(page.position),
          }),
        position: (row) => String(row.number),
        isPosition: NUMBER,
        entries: (rows) => rows.map((row) => toAttempt(row, delivery)),
      },
    );
  }

  async resend(caller: Caller, id: string): Promise<ResentDto> {
    const deliveryId = pathId('delivery', id);
    const resent = await this.resendDelivery.resend(caller, deliveryId);
    await this.audit.record(caller, { action: 'delivery.resent', targetKind: 'delivery', targetId: deliveryId });
    return { deliveryId: encodeId('delivery', resent.deliveryId), replayOf: optionalId('delivery', resent.replayOf) };
  }

  async cancel(caller: Caller, id: string): Promise<DeliveryDto> {
    const deliveryId = pathId('delivery', id);
    await this.cancelDelivery.cancel(caller, deliveryId);
    await this.audit.record(caller, { action: 'delivery.cancelled', targetKind: 'delivery', targetId: deliveryId });
    return this.get(caller, id);
  }

  private async find(caller: Caller, id: string): Promise<ListedDelivery> {
    const row = await findDelivery(this.database, caller.tenantId, pathId('delivery', id), caller.subscriberId);
    if (row === null) throw notFound('delivery');
    return row;
  }

  private async withLastAttempts(rows: ListedDelivery[]): Promise<DeliveryDto[]> {
    const attempted = rows.filter((row) => row.attempts > 0).map((row) => row.id);
    const attempts = attempted.length === 0 ? [] : await lastAttempts(this.database, attempted);
    const byDelivery = new Map(attempts.map((attempt) => [attempt.deliveryId, attempt]));
    const now = this.clock.now();
    return rows.map((row) => toDelivery(row, byDelivery.get(row.id), now));
  }
}

/** The query has been checked: what is there is an id. */
function filterId(kind: IdKind, text: string | undefined): string | null {
  return text === undefined ? null : decodeId(kind, text);
}
