import { ConfigError, loadGroups } from '#config';
import { Database, SEALED_COLUMNS } from '#persistence';
import { SecretBox } from '#signing';
import { errorReason } from './error-reason.js';
import { countColumn, resealColumn } from './master-key/reseal.js';
import { rotationReport } from './master-key/rotation-report.js';

// Seals everything that is encrypted with the first of MASTER_KEYS and says what is left under others (docs/configuration.md has the steps).
// Ends with 0 only when the others are not needed any more.
try {
  const { database: settings, secrets } = loadGroups(['database', 'secrets']);
  const database = await Database.open({ ...settings, appName: 'posthorn-rotate-master-key', poolSize: 1 });
  try {
    const box = new SecretBox(secrets.masterKeys);
    for (const column of SEALED_COLUMNS) await resealColumn(database, box, column);
    const counts = new Map<(typeof SEALED_COLUMNS)[number], Awaited<ReturnType<typeof countColumn>>>();
    for (const column of SEALED_COLUMNS) counts.set(column, await countColumn(database, box, column));
    const { lines, complete } = rotationReport(counts, secrets.masterKeys[0]?.id ?? '');
    console.log(lines.join('\n'));
    if (!complete) process.exitCode = 1;
  } finally {
    await database.close();
  }
} catch (error) {
  console.error(
    error instanceof ConfigError ? error.message : `The rotation stopped: ${errorReason(error)}. Run it again.`,
  );
  process.exitCode = 1;
}
