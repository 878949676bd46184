import { Injectable } from '@nestjs/common';
import { decodeId, isIdLike } from '#core';
import { SubscribersRepository } from '#persistence';
import type { SubscriberEntity } from '#persistence';
import { sees } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { notFound } from '../path-id.js';
import { isUid } from '../rules/uid.js';

/** Finds a subscriber by what a caller names it: its id or its uid. What the caller may not see is not there. */
@Injectable()
export class FindSubscriber {
  constructor(private readonly subscribers: SubscribersRepository) {}

  /** For paths: 404 when there is none. */
  async inPath(caller: Caller, idOrUid: string): Promise<SubscriberEntity> {
    const found = await this.find(caller.tenantId, idOrUid);
    if (found === null || !sees(caller, found.id)) throw notFound('subscriber');
    return found;
  }

  /** For filters of lists: the uuid, or one that selects nothing. A deleted subscriber's history is found by its id. */
  async inFilter(caller: Caller, idOrUid: string): Promise<string> {
    const id = isIdLike(idOrUid) ? decodeId('subscriber', idOrUid) : (await this.find(caller.tenantId, idOrUid))?.id;
    return typeof id === 'string' && sees(caller, id) ? id : NOBODY;
  }

  private async find(tenantId: string, idOrUid: string): Promise<SubscriberEntity | null> {
    if (isIdLike(idOrUid)) {
      const id = decodeId('subscriber', idOrUid);
      return id === null ? null : this.subscribers.findById(tenantId, id);
    }
    return isUid(idOrUid) ? this.subscribers.findByUid(tenantId, idOrUid) : null;
  }
}

/** The nil UUID, which nothing has. */
export const NOBODY = '00000000-0000-0000-0000-000000000000';
