// Are production dependencies known to be vulnerable? Asks the registry npm is configured with, whatever that is, and writes its result
// where the total is added up: clean passes, a vulnerability fails, and so does an answer that never came; a registry that offers no audits
// is counted as skipped, so that nobody reads it as clean. Ends with 1 for a vulnerability, 2 for an answer that never came.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { auditVerdict } from './audit-verdict.mjs';
import { RESULTS_FOLDER, resultFile } from './test-results.mjs';

const LONGEST_MS = 60_000;
const EXIT_CODE = { clean: 0, 'not-offered': 0, vulnerable: 1, 'no-answer': 2 };

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8', timeout: LONGEST_MS });
const { kind, lines } = auditVerdict(stdout ?? '');
for (const line of lines) (kind === 'clean' ? console.log : console.error)(line);

mkdirSync(RESULTS_FOLDER, { recursive: true });
writeFileSync(
  resultFile('audit'),
  JSON.stringify({
    numPassedTests: kind === 'clean' ? 1 : 0,
    numFailedTests: EXIT_CODE[kind] === 0 ? 0 : 1,
    numRuntimeErrorTestSuites: 0,
    numPendingTests: kind === 'not-offered' ? 1 : 0,
    numTodoTests: 0,
  }),
);
process.exitCode = EXIT_CODE[kind];
