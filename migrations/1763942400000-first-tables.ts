import type { MigrationInterface, QueryRunner } from 'typeorm';
import { BOOKS, ENDPOINTS, OWNERS } from './first-tables/management.js';
import { LANES, PATH, TYPES } from './first-tables/path.js';

/**
 * Everything the path of an event needs, in the order of the path. `events`, `deliveries` and `attempts` are partitioned by day on a UUIDv7
 * (the id is the time); their partitions are made by `ensurePartitions`, never here. No foreign keys on the three: a partition must be
 * droppable without touching anything else.
 */
export class FirstTables1763942400000 implements MigrationInterface {
  readonly name = 'FirstTables1763942400000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TYPES, ...OWNERS, ...ENDPOINTS, ...PATH, ...LANES, ...BOOKS])
      await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES_IN_ORDER.toReversed()) await runner.query(`DROP TABLE ${table}`);
    for (const type of ['attempt_trigger', 'delivery_reason', 'delivery_state'])
      await runner.query(`DROP TYPE ${type}`);
  }
}

const TABLES_IN_ORDER = (
  'tenants api_keys operators subscribers event_types endpoints endpoint_secrets ' +
  'events deliveries attempts idempotency_keys lanes chores audit'
).split(' ');
