import { ConfigError, loadGroups } from '#config';
import { runMigrations } from '#persistence';
import { errorReason } from './error-reason.js';

// Brings an external database to this version and ends: run it once before the apps of a new version start.
try {
  await runMigrations(loadGroups(['database']).database.url);
  console.log('The database is up to date.');
} catch (error) {
  console.error(
    error instanceof ConfigError ? error.message : `The database could not be migrated: ${errorReason(error)}`,
  );
  process.exitCode = 1;
}
