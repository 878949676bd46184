import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What flow control needs beside the lanes' own columns: since when an endpoint is what it is (a resume and a new URL begin anew), and which
 * dispatchers live, so that they can share the lanes evenly.
 */
export class FlowControl1764028800000 implements MigrationInterface {
  readonly name = 'FlowControl1764028800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE endpoints ADD COLUMN resumed_at timestamptz, ADD COLUMN moved_at timestamptz`);
    await runner.query(
      `CREATE TABLE dispatchers (
         id uuid PRIMARY KEY,
         started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
         seen_at timestamptz NOT NULL,
         lanes integer NOT NULL,
         busy real NOT NULL
       )`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE dispatchers');
    await runner.query(`ALTER TABLE endpoints DROP COLUMN resumed_at, DROP COLUMN moved_at`);
  }
}
