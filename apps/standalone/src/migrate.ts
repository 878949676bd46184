import { ConfigError, loadGroups } from '#config';
import { runMigrations } from '#persistence';

// Brings an external database to this version and ends: run it once before the apps of a new version start.
try {
  await runMigrations(loadGroups(['database']).database.url);
  console.log('The database is up to date.');
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : `The database could not be migrated: ${reason(error)}`);
  process.exitCode = 1;
}

/** A refused connection is an AggregateError without a message: one error per address tried. */
function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join('; ');
  return error instanceof Error ? error.message : String(error);
}
