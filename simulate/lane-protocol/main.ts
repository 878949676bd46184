import { readFileSync, writeFileSync } from 'node:fs';
import { counterExamples, describeScenario } from './counter-examples.js';
import { DOCUMENT, withPrintedPart } from './document.js';
import { exploreScenario, SCENARIO_NAMES } from './scenarios.js';

for (const name of SCENARIO_NAMES) {
  const begun = performance.now();
  const { states, steps, counterExample } = exploreScenario(name);
  console.log(describeScenario(name));
  console.log(`  ${states} states, ${steps} steps, ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
  if (!counterExample) continue;
  console.log(`  ${counterExample.violation}:\n  ${counterExample.steps.join('\n  ')}`);
  process.exitCode = 1;
}
writeFileSync(DOCUMENT, withPrintedPart(readFileSync(DOCUMENT, 'utf8'), counterExamples().join('\n\n')));
