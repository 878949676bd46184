import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mixedRun } from './mixed-run.js';
import { asMarkdown } from './report.js';
import { sabotageRun } from './sabotage-run.js';

/**
 * A run: `node dist/test/faults/main.js [--minutes 60] [--seed 1] [--rate 1] [--out folder]`. Without minutes it is as long as in CI. Writes
 * faults.json and faults.md (on SIGTERM too, of what there is by then), and ends with 0 when nothing was violated.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    rate: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    sabotage: { type: 'string' },
    out: { type: 'string', default: 'test-results' },
  },
});
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
const minutes = values.minutes === undefined ? null : Number(values.minutes);
say(`faults: seed ${seed}`);

mkdirSync(values.out, { recursive: true });
if (values.sabotage !== undefined) {
  const found = await sabotageRun(seed, values.sabotage === 'all' ? null : values.sabotage, say);
  writeFileSync(join(values.out, 'sabotage.json'), JSON.stringify(found, null, 2));
  process.exit();
}
const only = new RegExp(values.only);
const enough = new AbortController();
process.once('SIGTERM', () => {
  enough.abort();
});
const report = await mixedRun({
  seed,
  minutes,
  rate: Number(values.rate),
  scale: minutes === null ? 0.5 : 1,
  only,
  enough: enough.signal,
  say,
});
writeFileSync(join(values.out, 'faults.json'), JSON.stringify(report, null, 2));
writeFileSync(join(values.out, 'faults.md'), asMarkdown(report));
say(asMarkdown(report));
say(`refusals: ${JSON.stringify(report.refused)}`);
for (const { rule, what } of report.violations.slice(0, 40)) say(`VIOLATION ${rule}: ${what}`);
process.exitCode = report.violations.length === 0 ? 0 : 1;
