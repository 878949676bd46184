import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A tenant's rules for URLs bite like a change of the endpoint: its endpoints' versions are raised, whoever changes them, so that holders read
 * them anew and drop what they have claimed. And when an endpoint may be tested next.
 */
export class EgressPolicy1764374400000 implements MigrationInterface {
  readonly name = 'EgressPolicy1764374400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE endpoints ADD COLUMN tests_until timestamptz');
    await runner.query(
      `CREATE FUNCTION raise_endpoint_versions() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         UPDATE endpoints SET version = version + 1
         WHERE id IN (SELECT id FROM endpoints WHERE tenant_id = NEW.id AND deleted_at IS NULL ORDER BY id FOR UPDATE);
         RETURN NULL;
       END $$`,
    );
    await runner.query(
      `CREATE TRIGGER tenants_egress_policy AFTER UPDATE OF https_only, allowed_ports ON tenants FOR EACH ROW
       WHEN (OLD.https_only <> NEW.https_only OR OLD.allowed_ports <> NEW.allowed_ports)
       EXECUTE FUNCTION raise_endpoint_versions()`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER tenants_egress_policy ON tenants');
    await runner.query('DROP FUNCTION raise_endpoint_versions()');
    await runner.query('ALTER TABLE endpoints DROP COLUMN tests_until');
  }
}
