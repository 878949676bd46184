import 'reflect-metadata';
import { BareLoop } from './bare/bare-loop.js';
import { ClosingStack } from './closing-stack.js';
import { readCommandLine } from './command-line.js';
import type { Wanted } from './command-line.js';
import { Receiver } from './receiver/receiver.js';
import { linesOf, reportOf } from './report.js';
import type { ScenarioReport } from './report.js';
import { profileDirectory, runName, writeResult } from './results.js';
import { runScenario } from './run-scenario.js';
import { startStack } from './stack/start-stack.js';
import type { Stack } from './stack/start-stack.js';
import { beginCounting, statementCosts } from './statement-costs.js';

/** A whole run, whatever is wrong with it. */
const AT_MOST_MS = 15 * 60_000;
/** Below this part of what is expected, the smoke run fails. */
const MUCH_SLOWER = 1 / 2;

const say = (line: string): void => {
  console.log(line);
};

async function run(wanted: Wanted, closing: ClosingStack): Promise<boolean> {
  const name = runName(new Date());
  const directory = wanted.profile ? await profileDirectory(name) : null;
  const receiver = closing.add(await Receiver.start());
  const bare = closing.add(BareLoop.start());
  const stack = await startStack(closing, { profileDirectory: directory });
  if (stack.queue === 'postgres') say('No redis-server on the PATH: the queue lives in Postgres, which is slower.');
  let good = true;
  for (const scenario of wanted.scenarios) {
    if (wanted.profile) await beginCounting(stack.database);
    const rounds = await Promise.race([
      runScenario(scenario, wanted.rounds, { stack, receiver, bare }, say),
      appEnds(stack),
    ]);
    const report = reportOf(scenario, stack.queue, rounds);
    const file = await writeResult(name, report);
    for (const line of ['', ...linesOf(report), `  written to   ${file}`]) say(line);
    if (wanted.profile) for (const line of await statementCosts(stack.database)) say(line);
    good &&= !isMuchSlower(report);
  }
  for (const app of stack.apps) for (const line of app.lines) say(`An app complained: ${line}`);
  if (directory !== null) say(`CPU profiles are in ${directory}`);
  return good;
}

function isMuchSlower({ scenario, queue, ratio }: ScenarioReport): boolean {
  return queue === 'redis' && scenario.expected !== null && ratio.median < scenario.expected * MUCH_SLOWER;
}

function appEnds({ apps }: Stack): Promise<never> {
  return Promise.race(apps.map((app) => app.failed));
}

/** Rejects at Ctrl-C, and when the time is over. */
function interrupted(): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        reject(new Error('Interrupted; stopping everything.'));
      });
    }
    setTimeout(() => {
      reject(new Error(`Not finished within ${String(AT_MOST_MS / 60_000)} minutes.`));
    }, AT_MOST_MS).unref();
  });
}

async function main(): Promise<number> {
  const closing = new ClosingStack();
  try {
    const wanted = readCommandLine(process.argv.slice(2));
    const good = await Promise.race([run(wanted, closing), interrupted()]);
    return wanted.smoke && !good ? 1 : 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    await closing.close();
  }
}

process.exit(await main());
