import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The books of accounting: for each hour what its events fanned out to and what became of it, counted when the hour has closed, and again
 * (`final`) when the last of its deliveries must be settled. A row is written slice by slice; `counted_to` is how far it has come.
 */
export class AccountedHours1764547200000 implements MigrationInterface {
  readonly name = 'AccountedHours1764547200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE accounted_hours (
         hour timestamptz NOT NULL,
         final boolean NOT NULL,
         counted_to timestamptz NOT NULL,
         events bigint NOT NULL DEFAULT 0,
         fan_out bigint NOT NULL DEFAULT 0,
         pending bigint NOT NULL DEFAULT 0,
         delivered bigint NOT NULL DEFAULT 0,
         dead bigint NOT NULL DEFAULT 0,
         cancelled bigint NOT NULL DEFAULT 0,
         closed_at timestamptz,
         PRIMARY KEY (hour, final)
       )`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE accounted_hours');
  }
}
