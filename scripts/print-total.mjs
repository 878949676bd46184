// Prints `N passed, N failed, N skipped` over the runs named, from the JSON each of them wrote; fails when one wrote none.
//   node scripts/print-total.mjs unit integration e2e
import { countRun, sentence, sum } from './test-results.mjs';

const total = sum(process.argv.slice(2).map(countRun));
if (total.failed > 0) process.exitCode = 1;
console.log(sentence(total));
