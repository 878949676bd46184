import { existsSync, readFileSync } from 'node:fs';

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
