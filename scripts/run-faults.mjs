// The fault tests: node scripts/run-faults.mjs [--minutes 60] [--seed 1] [--rate 1] [--out folder]
// Without minutes the seeded set of CI. With minutes one long run, which writes faults.json and faults.md.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    rate: { type: 'string' },
    out: { type: 'string' },
  },
});
const wrong = ['minutes', 'seed'].find((name) => values[name] !== undefined && !/^\d+$/.test(values[name]));
if (wrong !== undefined) {
  console.error(`--${wrong} must be a whole number`);
  process.exit(2);
}
const seed = values.seed === undefined ? {} : { TEST_SEED: values.seed };
const args =
  values.minutes === undefined
    ? ['scripts/run-tests.mjs', 'faults']
    : ['dist/test/faults/main.js', ...Object.entries(values).map(([name, value]) => `--${name}=${value}`)];
// eslint-disable-next-line no-restricted-properties -- how Jest's workers are told
const run = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...seed } });
run.on('close', (code) => {
  process.exitCode = code ?? 1;
});
