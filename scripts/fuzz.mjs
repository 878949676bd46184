// Fuzzes the API for as long as you like: node scripts/fuzz.mjs [--minutes 10] [--seed 1]
// The seed is printed, and of a request that fails the curl line, shrunk as far as it still fails.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } },
});
const wrong = Object.entries(values).find(([, value]) => !/^\d+$/.test(value));
if (wrong !== undefined) {
  console.error(`--${wrong[0]} must be a whole number`);
  process.exit(2);
}
const seed = values.seed === undefined ? {} : { TEST_SEED: values.seed };
const spec = 'test/integration/api-fuzz.spec.ts';
const jest = spawn(
  process.execPath,
  ['node_modules/jest/bin/jest.js', '--selectProjects=integration', '--runTestsByPath', spec],
  // eslint-disable-next-line no-restricted-properties -- how Jest's workers are told
  { stdio: 'inherit', env: { ...process.env, FUZZ_MINUTES: values.minutes, ...seed } },
);
jest.on('close', (code) => {
  process.exitCode = code ?? 1;
});
