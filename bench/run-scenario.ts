import type { BareLoop, MeasuredBareRound } from './bare/bare-loop.js';
import { endpointUrls } from './endpoint-urls.js';
import type { Producer } from './publish-events.js';
import type { Receiver } from './receiver/receiver.js';
import type { Scenario } from './scenarios.js';
import { seedEndpoints } from './stack/seed.js';
import type { Stack } from './stack/start-stack.js';
import { systemRound } from './system-round.js';
import type { SystemRound } from './system-round.js';

export interface Round {
  readonly bare: MeasuredBareRound;
  readonly system: SystemRound;
  /** The rates of these two, which ran one after the other. */
  readonly ratio: number;
}

export interface Parts {
  readonly stack: Stack;
  readonly receiver: Receiver;
  readonly bare: BareLoop;
}

/** So many events before anything is counted: compiled code, prepared statements, caches. */
const WARM_UP = 1 / 3;

/** Bare loop and Posthorn in turn, so that what the machine's other users do hits both. `tell` hears of every round. */
export async function runScenario(
  scenario: Scenario,
  rounds: number,
  parts: Parts,
  tell: (line: string) => void,
): Promise<Round[]> {
  const { stack, receiver, bare } = parts;
  const urls = endpointUrls(scenario.endpoints, receiver.port);
  const uids = await seedEndpoints(stack.database, { ...stack, prefix: scenario.name }, urls);
  const producer: Producer = { ...stack, uids };
  const warmUp = { ...scenario, events: Math.ceil(scenario.events * WARM_UP) };
  await bare.round(warmUp.events, urls, receiver);
  await systemRound(warmUp, { stack, receiver, producer });
  const done: Round[] = [];
  for (let n = 1; n <= rounds; n += 1) {
    const reference = await bare.round(scenario.events, urls, receiver);
    const system = await systemRound(scenario, { stack, receiver, producer });
    const round = { bare: reference, system, ratio: system.deliveriesPerSecond / reference.requestsPerSecond };
    done.push(round);
    tell(`${scenario.name} ${String(n)}/${String(rounds)}: ${sentence(round)}`);
  }
  return done;
}

function sentence({ bare, system, ratio }: Round): string {
  const [posted, delivered] = [Math.round(bare.requestsPerSecond), Math.round(system.deliveriesPerSecond)];
  return `bare loop ${String(posted)}/s, Posthorn ${String(delivered)}/s, ratio ${ratio.toFixed(3)}`;
}
