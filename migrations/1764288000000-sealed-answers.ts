import type { MigrationInterface, QueryRunner } from 'typeorm';

/** To find the remembered answers, which are encrypted, among the idempotency keys of events, which have none: for a rotation of master keys. */
export class SealedAnswers1764288000000 implements MigrationInterface {
  readonly name = 'SealedAnswers1764288000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX idempotency_keys_sealed ON idempotency_keys (tenant_id, scope, key) WHERE response_sealed IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX idempotency_keys_sealed');
  }
}
