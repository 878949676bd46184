import type { Database } from '../database.js';
import { TenantEntity } from '../entities/index.js';

/** Tenants and their policies. */
export class TenantsRepository {
  constructor(private readonly database: Database) {}

  async find(id: string): Promise<TenantEntity | null> {
    return this.database.entities().findOneBy(TenantEntity, { id });
  }

  async insert(tenant: Pick<TenantEntity, 'id' | 'name'> & Partial<TenantEntity>): Promise<void> {
    await this.database.entities().insert(TenantEntity, tenant);
  }
}
