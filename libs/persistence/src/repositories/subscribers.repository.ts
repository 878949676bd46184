import { IsNull } from 'typeorm';
import type { Database } from '../database.js';
import { SubscriberEntity } from '../entities/index.js';
import type { Page } from '../sql/read/page.js';
import { idPage } from './id-page.js';

export type NewSubscriber = Omit<SubscriberEntity, 'updatedAt' | 'deletedAt'>;
export type SubscriberFields = Pick<SubscriberEntity, 'uid' | 'name' | 'metadata'>;

/** A tenant's subscribers. Deleted ones stay for their history and are found only where that is asked for. */
export class SubscribersRepository {
  constructor(private readonly database: Database) {}

  /** False when the uid is taken. A twin in flight is waited for. */
  async insert(subscriber: NewSubscriber): Promise<boolean> {
    const result = await this.database
      .entities()
      .createQueryBuilder()
      .insert()
      .into(SubscriberEntity)
      .values({ ...subscriber, updatedAt: subscriber.createdAt } as object)
      .orIgnore()
      .returning('id')
      .execute();
    return (result.raw as unknown[]).length === 1;
  }

  async list(tenantId: string, page: Page): Promise<SubscriberEntity[]> {
    const { where, ...rest } = idPage(page);
    return this.database
      .entities()
      .find(SubscriberEntity, { where: { tenantId, deletedAt: IsNull(), ...where }, ...rest });
  }

  async findById(tenantId: string, id: string): Promise<SubscriberEntity | null> {
    return this.database.entities().findOneBy(SubscriberEntity, { tenantId, id, deletedAt: IsNull() });
  }

  async findByUid(tenantId: string, uid: string): Promise<SubscriberEntity | null> {
    return this.database.entities().findOneBy(SubscriberEntity, { tenantId, uid, deletedAt: IsNull() });
  }

  /** Holds the row until the transaction ends, so that nothing is added to a subscriber that is being deleted. */
  async lock(
    tenantId: string,
    id: string,
    mode: 'pessimistic_write' | 'for_key_share',
  ): Promise<SubscriberEntity | null> {
    const where = { tenantId, id, deletedAt: IsNull() };
    return this.database.entities().findOne(SubscriberEntity, { where, lock: { mode } });
  }

  async update(id: string, fields: Partial<SubscriberFields>): Promise<void> {
    await this.database
      .entities()
      .update(SubscriberEntity, { id }, { ...fields, updatedAt: () => 'clock_timestamp()' } as object);
  }

  async markDeleted(id: string): Promise<void> {
    await this.database.entities().update(SubscriberEntity, { id }, { deletedAt: () => 'clock_timestamp()' });
  }
}
