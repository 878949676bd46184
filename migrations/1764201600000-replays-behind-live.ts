import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What replays make waits in a line of its own, behind the lane's live deliveries: two partial indexes instead of one, and on the lane until when
 * it may have any.
 */
export class ReplaysBehindLive1764201600000 implements MigrationInterface {
  readonly name = 'ReplaysBehindLive1764201600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX deliveries_pending_by_lane');
    await runner.query(
      `CREATE INDEX deliveries_pending_by_lane ON deliveries (endpoint_id, next_at, id) WHERE state = 'pending' AND trigger <> 'replay'`,
    );
    await runner.query(
      `CREATE INDEX deliveries_pending_replays ON deliveries (endpoint_id, next_at, id) WHERE state = 'pending' AND trigger = 'replay'`,
    );
    await runner.query('ALTER TABLE lanes ADD COLUMN replays_until timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE lanes DROP COLUMN replays_until');
    await runner.query('DROP INDEX deliveries_pending_replays');
    await runner.query('DROP INDEX deliveries_pending_by_lane');
    await runner.query(
      `CREATE INDEX deliveries_pending_by_lane ON deliveries (endpoint_id, next_at, id) WHERE state = 'pending'`,
    );
  }
}
