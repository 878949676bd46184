import { randomBytes } from 'node:crypto';
import { withAdmin } from './admin-connection.js';
import { databaseOf, dropDatabase } from './template.js';
import { testServers } from './test-servers.js';

export interface TestDatabase {
  readonly url: string;
  /** Also while there are connections to it. */
  drop(): Promise<void>;
}

/** A migrated, empty database for one spec file; drop it in `afterAll`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { adminUrl, template } = testServers();
  const name = `posthorn_test_${randomBytes(6).toString('hex')}`;
  await withAdmin(adminUrl, (sql) => sql(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`));
  return { url: databaseOf(adminUrl, name), drop: () => dropDatabase(adminUrl, name) };
}
