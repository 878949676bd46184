import { readCommandLine } from './command-line.js';
import type { Wanted } from './command-line.js';
import { PLAIN_CONCURRENCY } from './plain-sender.js';
import { tableOf } from './report.js';
import { runScenario } from './run-scenario.js';

function run({ scenarios, seed }: Wanted): void {
  console.log(`Posthorn's rules under virtual time; --seed=${seed}`);
  console.log(
    `Beside them the same retry schedule with ${PLAIN_CONCURRENCY} workers, without breaker, pause and window.`,
  );
  for (const scenario of scenarios) {
    console.log(`\n${scenario.name}: ${scenario.describes}; concurrency ${scenario.concurrency}`);
    const rows = (['posthorn', 'plain'] as const).map(
      (sender) => [sender, runScenario(scenario, sender, seed)] as const,
    );
    for (const line of tableOf(rows)) console.log(`  ${line}`);
  }
}

try {
  run(readCommandLine(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
