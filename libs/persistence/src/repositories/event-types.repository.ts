import { And, LessThan, MoreThan, MoreThanOrEqual } from 'typeorm';
import type { FindOperator } from 'typeorm';
import type { Database } from '../database.js';
import { EventTypeEntity } from '../entities/index.js';
import type { Page } from '../sql/read/page.js';

/** A tenant's catalogue of event types. */
export class EventTypesRepository {
  constructor(private readonly database: Database) {}

  /** Creates or replaces; answers whether it was created. */
  async put(type: Pick<EventTypeEntity, 'tenantId' | 'name' | 'description' | 'schema'>): Promise<boolean> {
    const rows = await this.database.query<{ created: boolean }>(
      `INSERT INTO event_types AS t (tenant_id, name, description, schema) VALUES ($1, $2, $3, $4)
       ON CONFLICT (tenant_id, name) DO UPDATE SET description = excluded.description, schema = excluded.schema, updated_at = clock_timestamp()
       RETURNING t.xmax = 0 AS created`,
      [type.tenantId, type.name, type.description, type.schema],
    );
    return rows[0]?.created === true;
  }

  /** False when the name is there already. */
  async insert(type: Pick<EventTypeEntity, 'tenantId' | 'name' | 'description' | 'schema'>): Promise<boolean> {
    const result = await this.database
      .entities()
      .createQueryBuilder()
      .insert()
      .into(EventTypeEntity)
      .values(type)
      .orIgnore()
      .returning('name')
      .execute();
    return (result.raw as unknown[]).length === 1;
  }

  /** By name; `after`, `before` are on the time of creation. */
  async list(tenantId: string, page: Page): Promise<EventTypeEntity[]> {
    const created: FindOperator<Date>[] = [];
    if (page.after !== null) created.push(MoreThanOrEqual(new Date(page.after)));
    if (page.before !== null) created.push(LessThan(new Date(page.before)));
    const position =
      page.position === null ? {} : { name: page.order === 'desc' ? LessThan(page.position) : MoreThan(page.position) };
    return this.database.entities().find(EventTypeEntity, {
      where: { tenantId, ...position, ...(created.length > 0 ? { createdAt: And(...created) } : {}) },
      order: { name: page.order === 'desc' ? 'DESC' : 'ASC' },
      take: page.limit,
    });
  }

  async find(tenantId: string, name: string): Promise<EventTypeEntity | null> {
    return this.database.entities().findOneBy(EventTypeEntity, { tenantId, name });
  }

  async delete(tenantId: string, name: string): Promise<boolean> {
    return (await this.database.entities().delete(EventTypeEntity, { tenantId, name })).affected === 1;
  }
}
