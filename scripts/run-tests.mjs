// Runs Jest projects one after the other and prints what their JSON results add up to.
//   node scripts/run-tests.mjs unit integration [--label=again] [-- jest arguments]
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { RESULTS_FOLDER, countRun, resultFile, sentence, sum } from './test-results.mjs';

/** Jest writes its result last. A process that is still there after this has something open. */
const EXIT_WITHIN_MS = 10_000;

const split = process.argv.indexOf('--');
const own = process.argv.slice(2, split === -1 ? undefined : split);
const forJest = split === -1 ? [] : process.argv.slice(split + 1);
const label = own.find((argument) => argument.startsWith('--label='))?.slice('--label='.length);
const projects = own.filter((argument) => !argument.startsWith('--'));

/**
 * @param {string} project
 * @param {string} run
 * @returns {Promise<boolean>} whether Jest was content and ended by itself
 */
function runProject(project, run) {
  rmSync(resultFile(run), { force: true });
  const output = ['--json', `--outputFile=${resultFile(run)}`];
  const jest = spawn(
    process.execPath,
    ['node_modules/jest/bin/jest.js', `--selectProjects=${project}`, ...output, ...forJest],
    { stdio: ['ignore', 'ignore', 'pipe'] }, // --json repeats on stdout what the file holds
  );
  let forced = false;
  jest.stderr.on('data', (/** @type {Buffer} */ text) => {
    process.stderr.write(text);
    forced ||= text.includes('has been force exited');
  });
  return new Promise((resolve) => {
    const watch = setInterval(() => {
      if (!existsSync(resultFile(run))) return;
      clearInterval(watch);
      setTimeout(() => {
        console.error(`${run}: Jest did not end by itself: something is still open.`);
        jest.kill('SIGKILL');
      }, EXIT_WITHIN_MS).unref();
    }, 250);
    jest.on('close', (code) => {
      clearInterval(watch);
      if (forced) console.error(`${run}: a test left something open.`);
      resolve(code === 0 && !forced);
    });
  });
}

if (projects.length === 0)
  throw new Error('name at least one project: unit, integration, e2e, load, load-alone, faults');
mkdirSync(RESULTS_FOLDER, { recursive: true });
const counts = [];
for (const project of projects) {
  const run = label === undefined ? project : `${label}-${project}`;
  const content = await runProject(project, run);
  const count = countRun(run);
  if (!content && count.failed === 0) count.failed = 1;
  if (count.failed > 0) process.exitCode = 1;
  counts.push(count);
  console.log(`${run}: ${sentence(count)}`);
}
console.log(sentence(sum(counts)));
