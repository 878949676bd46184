import type { Database } from '../database.js';
import { AuditEntity } from '../entities/index.js';

export type AuditRow = Omit<AuditEntity, 'at'>;

/** The audit trail: written beside what it tells of, in the same transaction. */
export class AuditRepository {
  constructor(private readonly database: Database) {}

  async record(row: AuditRow): Promise<void> {
    await this.database.entities().insert(AuditEntity, row as object);
  }
}
