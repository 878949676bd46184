import { Injectable } from '@nestjs/common';
import { encodeId, newUuid, SECOND } from '#core';
import { answerPage } from '#http-kit';
import type { AnsweredPage, ListQuery } from '#http-kit';
import { KeysRepository, SubscribersRepository, TenantsRepository } from '#persistence';
import type { ApiKeyEntity } from '#persistence';
import { hashKey, newApiKey } from '#signing';
import { ApiClock } from '../api-clock.js';
import { AuditTrail } from '../audit-trail.js';
import type { Caller } from '../auth/caller.js';
import { notFound, pathId } from '../path-id.js';
import { FindSubscriber } from '../subscribers/find-subscriber.js';
import { Transactions } from '../transactions.js';
import type { CreateKeyDto, CreateTokenDto } from './dto/create-key.dto.js';
import { toKey } from './dto/key.dto.js';
import type { CreatedKeyDto, KeyDto } from './dto/key.dto.js';
import type { MeDto } from './dto/me.dto.js';

type Kind = Pick<ApiKeyEntity, 'role' | 'scope' | 'subscriberId'>;

/** Keys of a tenant; the tokens of subscribers are keys too. Only hashes are stored. */
@Injectable()
export class KeysService {
  constructor(
    private readonly keys: KeysRepository,
    private readonly tenants: TenantsRepository,
    private readonly subscribers: SubscribersRepository,
    private readonly findSubscriber: FindSubscriber,
    private readonly transactions: Transactions,
    private readonly audit: AuditTrail,
    private readonly clock: ApiClock,
  ) {}

  async createKey(caller: Caller, body: CreateKeyDto): Promise<CreatedKeyDto> {
    return this.transactions.run(() => this.create(caller, body, { role: body.role, scope: null, subscriberId: null }));
  }

  async createToken(caller: Caller, subscriber: string, body: CreateTokenDto): Promise<CreatedKeyDto> {
    return this.transactions.run(async () => {
      const owner = await this.findSubscriber.inPath(caller, subscriber);
      // Held so that no token outlives a subscriber that is being deleted.
      if ((await this.subscribers.lock(caller.tenantId, owner.id, 'for_key_share')) === null)
        throw notFound('subscriber');
      return this.create(caller, body, { role: 'subscriber', scope: body.scope, subscriberId: owner.id });
    });
  }

  async list(caller: Caller, query: ListQuery): Promise<AnsweredPage<KeyDto>> {
    return this.page(caller, query, null);
  }

  async listTokens(caller: Caller, subscriber: string, query: ListQuery): Promise<AnsweredPage<KeyDto>> {
    return this.page(caller, query, (await this.findSubscriber.inPath(caller, subscriber)).id);
  }

  async revoke(caller: Caller, id: string): Promise<void> {
    await this.end(caller, pathId('key', id), null);
  }

  async revokeToken(caller: Caller, subscriber: string, id: string): Promise<void> {
    const owner = await this.findSubscriber.inPath(caller, subscriber);
    await this.end(caller, pathId('key', id), owner.id);
  }

  async me(caller: Caller): Promise<MeDto> {
    const [tenant, key] = await Promise.all([
      this.tenants.find(caller.tenantId),
      this.keys.find(caller.tenantId, caller.keyId),
    ]);
    if (tenant === null || key === null) throw notFound('key');
    return Object.assign(toKey(key), { tenantId: encodeId('tenant', tenant.id), tenantName: tenant.name });
  }

  private async create(
    caller: Caller,
    body: { name: string; expiresInSeconds?: number | null },
    kind: Kind,
  ): Promise<CreatedKeyDto> {
    const key = newApiKey();
    const now = this.clock.now();
    const row = {
      id: newUuid(now),
      tenantId: caller.tenantId,
      ...kind,
      name: body.name,
      hash: hashKey(key),
      last4: key.slice(-4),
      createdAt: new Date(now),
      expiresAt: typeof body.expiresInSeconds !== 'number' ? null : new Date(now + body.expiresInSeconds * SECOND),
    };
    await this.keys.insert(row);
    await this.audit.record(caller, {
      action: 'key.created',
      targetKind: 'key',
      targetId: row.id,
      detail: { role: kind.role, scope: kind.scope },
    });
    return Object.assign(toKey({ ...row, lastUsedAt: null, revokedAt: null }), { key });
  }

  private async page(caller: Caller, query: ListQuery, subscriberId: string | null): Promise<AnsweredPage<KeyDto>> {
    return answerPage(
      query,
      { list: 'keys', tenant: caller.tenantId, subscriberId },
      {
        load: (page) => this.keys.list(caller.tenantId, subscriberId, page),
        position: (row) => row.id,
        entries: (rows) => rows.map(toKey),
      },
    );
  }

  private async end(caller: Caller, id: string, subscriberId: string | null): Promise<void> {
    await this.transactions.run(async () => {
      if (!(await this.keys.revoke(caller.tenantId, id, subscriberId))) throw notFound('key');
      await this.audit.record(caller, { action: 'key.revoked', targetKind: 'key', targetId: id });
    });
  }
}
