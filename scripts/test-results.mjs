import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** @typedef {{ passed: number, failed: number, skipped: number }} Count */

export const RESULTS_FOLDER = 'test-results';

/** Where Jest writes the result of one run. @param {string} run */
export const resultFile = (run) => `${RESULTS_FOLDER}/${run}.json`;

/**
 * What one run's own JSON says. A run that wrote none did not happen, and a file that could not run (or left something
 * open) hides its tests: both count as one failure.
 * @param {string} run
 * @returns {Count}
 */
export function countRun(run) {
  if (!existsSync(resultFile(run))) return { passed: 0, failed: 1, skipped: 0 };
  const result = JSON.parse(readFileSync(resultFile(run), 'utf8'));
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

/** Of a message that may be a whole diff. */
const MOST_LINES = 12;

/**
 * What failed in a run and how it begins, for whoever reads only the end of a long output.
 * @param {string} run
 * @returns {string[]}
 */
export function failuresOf(run) {
  if (!existsSync(resultFile(run))) return [`${run}: wrote no results`];
  /** @type {{ name: string, status: string, message: string, assertionResults: { status: string, fullName: string, failureMessages: string[] }[] }[]} */
  const files = JSON.parse(readFileSync(resultFile(run), 'utf8')).testResults ?? [];
  return files.flatMap((file) => {
    const where = `${run}: ${relative(process.cwd(), file.name)}`;
    const tests = file.assertionResults.filter(({ status }) => status === 'failed');
    if (file.status === 'failed' && tests.length === 0) return [`${where}\n${beginning(file.message)}`];
    return tests.map(
      ({ fullName, failureMessages }) => `${where}: ${fullName}\n${beginning(failureMessages.join('\n'))}`,
    );
  });
}

/** @param {string} message */
const beginning = (message) =>
  stripVTControlCharacters(message)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, MOST_LINES)
    .join('\n');

/** @param {Count[]} counts @returns {Count} */
export function sum(counts) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of counts) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}

/** @param {Count} count */
export const sentence = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;
