// Prints what failed and `N passed, N failed, N skipped` over the runs named, from the JSON each of them wrote; fails when one wrote none.
//   node scripts/print-total.mjs unit integration e2e
import { countRun, failuresOf, sentence, sum } from './test-results.mjs';

const runs = process.argv.slice(2);
const total = sum(runs.map(countRun));
if (total.failed > 0) process.exitCode = 1;
for (const failure of runs.flatMap(failuresOf)) console.log(`failed: ${failure}\n`);
console.log(sentence(total));
