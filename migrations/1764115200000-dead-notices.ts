import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * For telling tenants, hour by hour, what died: deaths by time, and the hours of endpoints that were told already. The row of the nil endpoint
 * says that all of its hour was.
 */
export class DeadNotices1764115200000 implements MigrationInterface {
  readonly name = 'DeadNotices1764115200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX deliveries_dead_by_time ON deliveries (settled_at) WHERE state = 'dead'`);
    await runner.query(
      `CREATE TABLE dead_notices (
         hour timestamptz NOT NULL,
         endpoint_id uuid NOT NULL,
         PRIMARY KEY (hour, endpoint_id)
       )`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE dead_notices');
    await runner.query('DROP INDEX deliveries_dead_by_time');
  }
}
