import { Injectable } from '@nestjs/common';
import { isIdLike, newUuid, ProblemError } from '#core';
import { answerPage, invalidRequest } from '#http-kit';
import type { AnsweredPage, ListQuery } from '#http-kit';
import { EndpointsRepository, KeysRepository, sqlState, SubscribersRepository } from '#persistence';
import type { SubscriberEntity } from '#persistence';
import { ApiClock } from '../api-clock.js';
import { AuditTrail } from '../audit-trail.js';
import type { Caller } from '../auth/caller.js';
import { CancelPending } from '../endpoints/cancel-pending.js';
import { notFound } from '../path-id.js';
import { Transactions } from '../transactions.js';
import { mergeMetadata } from '../rules/metadata.js';
import { isUid } from '../rules/uid.js';
import type { CreateSubscriberDto, PatchSubscriberDto, PutSubscriberDto } from './dto/subscriber-fields.dto.js';
import { toSubscriber } from './dto/subscriber.dto.js';
import type { SubscriberDto } from './dto/subscriber.dto.js';
import { FindSubscriber } from './find-subscriber.js';
import { isReservedSubscriber } from './reserved-subscriber.js';

const UNIQUE_VIOLATION = '23505';

@Injectable()
export class SubscribersService {
  constructor(
    private readonly transactions: Transactions,
    private readonly subscribers: SubscribersRepository,
    private readonly endpoints: EndpointsRepository,
    private readonly keys: KeysRepository,
    private readonly findSubscriber: FindSubscriber,
    private readonly cancelPending: CancelPending,
    private readonly audit: AuditTrail,
    private readonly clock: ApiClock,
  ) {}

  async create(caller: Caller, body: CreateSubscriberDto): Promise<SubscriberDto> {
    const row = this.newRow(caller, { uid: body.uid ?? null, name: body.name, metadata: body.metadata ?? {} });
    if (!(await this.subscribers.insert(row))) throw uidTaken();
    return toSubscriber(row);
  }

  async list(caller: Caller, query: ListQuery): Promise<AnsweredPage<SubscriberDto>> {
    return answerPage(
      query,
      { list: 'subscribers', tenant: caller.tenantId },
      {
        load: (page) => this.subscribers.list(caller.tenantId, page),
        position: (row) => row.id,
        entries: (rows) => rows.map(toSubscriber),
      },
    );
  }

  async get(caller: Caller, idOrUid: string): Promise<SubscriberDto> {
    return toSubscriber(await this.findSubscriber.inPath(caller, idOrUid));
  }

  async patch(caller: Caller, idOrUid: string, body: PatchSubscriberDto): Promise<SubscriberDto> {
    const { id } = await this.findSubscriber.inPath(caller, idOrUid);
    return this.transactions
      .run(async () => {
        const row = await this.locked(caller, id);
        const metadata = mergeMetadata(row.metadata, body.metadata);
        const fields = { uid: body.uid === undefined ? row.uid : body.uid, name: body.name ?? row.name, metadata };
        if (isReservedSubscriber(fields.uid) !== isReservedSubscriber(row.uid)) {
          await this.endpoints.setSystem(id, isReservedSubscriber(fields.uid));
        }
        return this.update(caller, id, fields);
      })
      .catch((error: unknown) => {
        throw sqlState(error) === UNIQUE_VIOLATION ? uidTaken() : error;
      });
  }

  async put(
    caller: Caller,
    idOrUid: string,
    body: PutSubscriberDto,
  ): Promise<{ subscriber: SubscriberDto; created: boolean }> {
    if (isIdLike(idOrUid)) return { subscriber: await this.replace(caller, idOrUid, body), created: false };
    if (!isUid(idOrUid)) {
      throw invalidRequest([
        { pointer: '', code: 'uid_invalid', detail: 'the uid in the path must be 1 to 128 of A-Z a-z 0-9 . _ -' },
      ]);
    }
    const row = this.newRow(caller, { uid: idOrUid, name: body.name ?? idOrUid, metadata: body.metadata ?? {} });
    if (await this.subscribers.insert(row)) return { subscriber: toSubscriber(row), created: true };
    return { subscriber: await this.replace(caller, idOrUid, body), created: false };
  }

  /** Its endpoints and tokens end with it; its history stays for the retention. */
  async delete(caller: Caller, idOrUid: string): Promise<void> {
    const { id } = await this.findSubscriber.inPath(caller, idOrUid);
    const endpointIds = await this.transactions.run(async () => {
      await this.locked(caller, id);
      const ids = await this.endpoints.markDeletedOfSubscriber(id);
      await this.keys.revokeAllOfSubscriber(id);
      await this.subscribers.markDeleted(id);
      await this.audit.record(caller, {
        action: 'subscriber.deleted',
        targetKind: 'subscriber',
        targetId: id,
        detail: { endpoints: ids.length },
      });
      return ids;
    });
    await this.cancelPending.ofDeleted(endpointIds);
  }

  private async replace(caller: Caller, idOrUid: string, body: PutSubscriberDto): Promise<SubscriberDto> {
    const { id } = await this.findSubscriber.inPath(caller, idOrUid);
    return this.transactions.run(async () => {
      const row = await this.locked(caller, id);
      return this.update(caller, id, { name: body.name ?? row.uid ?? row.name, metadata: body.metadata ?? {} });
    });
  }

  private async update(
    caller: Caller,
    id: string,
    fields: Partial<Pick<SubscriberEntity, 'uid' | 'name' | 'metadata'>>,
  ): Promise<SubscriberDto> {
    await this.subscribers.update(id, fields);
    return toSubscriber(await this.locked(caller, id));
  }

  private async locked(caller: Caller, id: string): Promise<SubscriberEntity> {
    const row = await this.subscribers.lock(caller.tenantId, id, 'pessimistic_write');
    if (row === null) throw notFound('subscriber');
    return row;
  }

  private newRow(caller: Caller, fields: Pick<SubscriberEntity, 'uid' | 'name' | 'metadata'>): SubscriberEntity {
    const now = this.clock.now();
    return {
      id: newUuid(now),
      tenantId: caller.tenantId,
      ...fields,
      createdAt: new Date(now),
      updatedAt: new Date(now),
      deletedAt: null,
    };
  }
}

function uidTaken(): ProblemError {
  return new ProblemError('uid_taken', {
    errors: [{ pointer: '/uid', code: 'uid_taken', detail: 'another subscriber has this uid' }],
  });
}
