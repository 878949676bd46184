import { randomBytes } from 'node:crypto';
import { prepareQueue } from '#lanes';
import { runMigrations } from '#persistence';
import { withAdmin } from './admin-connection.js';

/** Makes a database with every table and the queue's schema, for spec files to be given copies of. Its name. */
export async function createTemplate(adminUrl: string): Promise<string> {
  const name = `posthorn_template_${randomBytes(4).toString('hex')}`;
  await withAdmin(adminUrl, (sql) => sql(`CREATE DATABASE ${name}`));
  const databaseUrl = databaseOf(adminUrl, name);
  await runMigrations(databaseUrl);
  await prepareQueue({ redisUrl: null, databaseUrl, name: 'lanes', prefix: 'posthorn' });
  return name;
}

export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await withAdmin(adminUrl, (sql) => sql(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
}

/** The same server, another database. */
export function databaseOf(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}
