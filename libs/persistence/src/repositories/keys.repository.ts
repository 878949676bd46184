import { IsNull } from 'typeorm';
import type { Database } from '../database.js';
import { ApiKeyEntity } from '../entities/index.js';
import type { Page } from '../sql/read/page.js';
import { idPage } from './id-page.js';

export type NewKey = Omit<ApiKeyEntity, 'lastUsedAt' | 'revokedAt'>;

/** Bearer keys; a subscriber's tokens are keys with a subscriber. */
export class KeysRepository {
  constructor(private readonly database: Database) {}

  async insert(key: NewKey): Promise<void> {
    await this.database.entities().insert(ApiKeyEntity, key);
  }

  /** Keys not revoked: all of the tenant, or one subscriber's tokens. */
  async list(tenantId: string, subscriberId: string | null, page: Page): Promise<ApiKeyEntity[]> {
    const { where, ...rest } = idPage(page);
    const whose = subscriberId === null ? { tenantId } : { tenantId, subscriberId };
    return this.database.entities().find(ApiKeyEntity, { where: { ...whose, ...where, revokedAt: IsNull() }, ...rest });
  }

  async find(tenantId: string, id: string): Promise<ApiKeyEntity | null> {
    return this.database.entities().findOneBy(ApiKeyEntity, { tenantId, id });
  }

  /** False when there is no such key to revoke. */
  async revoke(tenantId: string, id: string, subscriberId: string | null): Promise<boolean> {
    const whose = subscriberId === null ? { tenantId } : { tenantId, subscriberId };
    const which = { ...whose, id, revokedAt: IsNull() };
    const result = await this.database.entities().update(ApiKeyEntity, which, { revokedAt: () => 'clock_timestamp()' });
    return result.affected === 1;
  }

  async revokeAllOfSubscriber(subscriberId: string): Promise<void> {
    const which = { subscriberId, revokedAt: IsNull() };
    await this.database.entities().update(ApiKeyEntity, which, { revokedAt: () => 'clock_timestamp()' });
  }
}
