import { IsNull } from 'typeorm';
import type { Database } from '../database.js';
import { EndpointEntity } from '../entities/index.js';
import { endLanePause } from '../sql/end-lane-pause.js';
import type { Page } from '../sql/read/page.js';
import { idPage } from './id-page.js';

export type NewEndpoint = Omit<
  EndpointEntity,
  'updatedAt' | 'deletedAt' | 'version' | 'state' | 'stateReason' | 'stateSince' | 'resumedAt' | 'movedAt'
>;
export type EndpointFields = Omit<NewEndpoint, 'id' | 'tenantId' | 'subscriberId' | 'createdAt'>;
export type EndpointState = Pick<EndpointEntity, 'state' | 'stateReason'>;

export interface EndpointFilter {
  tenantId: string;
  subscriberId: string | null;
  state: EndpointEntity['state'] | null;
}

/** Endpoints. Whatever a holder must notice raises `version` in the same statement. */
export class EndpointsRepository {
  constructor(private readonly database: Database) {}

  /** False when the subscriber has an endpoint of that uid. A twin in flight is waited for. */
  async insert(endpoint: NewEndpoint): Promise<boolean> {
    const since = { updatedAt: endpoint.createdAt, stateSince: endpoint.createdAt };
    const result = await this.database
      .entities()
      .createQueryBuilder()
      .insert()
      .into(EndpointEntity)
      .values({ ...endpoint, ...since } as object)
      .orIgnore()
      .returning('id')
      .execute();
    return (result.raw as unknown[]).length === 1;
  }

  async list(filter: EndpointFilter, page: Page): Promise<EndpointEntity[]> {
    const { where, ...rest } = idPage(page);
    const wanted = {
      tenantId: filter.tenantId,
      ...(filter.subscriberId === null ? {} : { subscriberId: filter.subscriberId }),
      ...(filter.state === null ? {} : { state: filter.state }),
    };
    return this.database
      .entities()
      .find(EndpointEntity, { where: { ...wanted, deletedAt: IsNull(), ...where }, ...rest });
  }

  async find(tenantId: string, id: string): Promise<EndpointEntity | null> {
    return this.database.entities().findOneBy(EndpointEntity, { tenantId, id, deletedAt: IsNull() });
  }

  async findByUid(subscriberId: string, uid: string): Promise<EndpointEntity | null> {
    return this.database.entities().findOneBy(EndpointEntity, { subscriberId, uid, deletedAt: IsNull() });
  }

  /** Holds the row until the transaction ends: changes to one endpoint follow each other. */
  async lock(tenantId: string, id: string): Promise<EndpointEntity | null> {
    const where = { tenantId, id, deletedAt: IsNull() };
    return this.database.entities().findOne(EndpointEntity, { where, lock: { mode: 'pessimistic_write' } });
  }

  async update(id: string, fields: Partial<EndpointFields>): Promise<void> {
    await this.change(id, { ...fields, updatedAt: () => 'clock_timestamp()' });
  }

  /** The same with another URL: another receiver, so whatever the last one asked for ends. Lock it first. */
  async move(id: string, fields: Partial<EndpointFields>): Promise<void> {
    await endLanePause(this.database, id);
    const now = (): string => 'clock_timestamp()';
    await this.change(id, { ...fields, movedAt: now, updatedAt: now });
  }

  /** Active, whatever it was, and from here on its flow control begins anew. Lock it first. */
  async resume(id: string): Promise<void> {
    await endLanePause(this.database, id);
    const now = (): string => 'clock_timestamp()';
    const stateSince = (): string => `CASE WHEN state = 'active' THEN state_since ELSE clock_timestamp() END`;
    await this.change(id, { state: 'active', stateReason: null, stateSince, resumedAt: now, updatedAt: now });
  }

  async setState(id: string, state: EndpointState): Promise<void> {
    const now = (): string => 'clock_timestamp()';
    await this.change(id, { ...state, stateSince: now, updatedAt: now });
  }

  /** Its secrets changed: the holder must load them. */
  async touch(id: string): Promise<void> {
    await this.change(id, { updatedAt: () => 'clock_timestamp()' });
  }

  async markDeleted(id: string): Promise<void> {
    await this.change(id, { deletedAt: () => 'clock_timestamp()' });
  }

  /** Marks all endpoints of a subscriber and answers with their ids. */
  async markDeletedOfSubscriber(subscriberId: string): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `WITH own AS (SELECT id FROM endpoints WHERE subscriber_id = $1 AND deleted_at IS NULL ORDER BY id FOR UPDATE),
            deleted AS (UPDATE endpoints e SET deleted_at = clock_timestamp(), version = e.version + 1 FROM own WHERE e.id = own.id RETURNING e.id)
       SELECT id FROM deleted ORDER BY id`,
      [subscriberId],
    );
    return rows.map((row) => row.id);
  }

  /** Whether broadcasts leave the subscriber's endpoints out. */
  async setSystem(subscriberId: string, system: boolean): Promise<void> {
    await this.database.entities().update(EndpointEntity, { subscriberId }, { system });
  }

  private async change(id: string, fields: object): Promise<void> {
    await this.database.entities().update(EndpointEntity, { id }, { ...fields, version: () => 'version + 1' });
  }
}
