import { ConfigError, loadGroups } from '#config';
import { accountedHours, Database } from '#persistence';
import { accountingReport } from './accounting/accounting-report.js';
import { errorReason } from './error-reason.js';

// Prints the books of accounting: for each closed hour what its events promised and what became of it. Ends with 1 when they do not balance.
try {
  const { database: settings } = loadGroups(['database']);
  const database = await Database.open({ ...settings, appName: 'posthorn-accounting', poolSize: 1 });
  try {
    const { lines, balanced } = accountingReport(await accountedHours(database));
    console.log(lines.join('\n'));
    if (!balanced) process.exitCode = 1;
  } finally {
    await database.close();
  }
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : `The books could not be read: ${errorReason(error)}.`);
  process.exitCode = 1;
}
