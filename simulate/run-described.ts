import { SECOND } from '#core';
import { runScenario } from './run-scenario.js';
import type { Scenario } from './scenario.js';
import { SCENARIOS } from './scenarios.js';

const SEED = 20_261;

/** By how the scenario is described: several share a name. */
export function scenario(part: string): Scenario {
  const found = SCENARIOS.find(({ name, describes }) => `${name}: ${describes}`.includes(part));
  if (found === undefined) throw new Error(`no scenario is described by: ${part}`);
  return found;
}

export const posthorn = (part: string, until?: number, seed = SEED) =>
  runScenario(scenario(part), 'posthorn', seed, until);
export const plain = (part: string, until?: number) => runScenario(scenario(part), 'plain', SEED, until);
export const published = (part: string) =>
  scenario(part).arrivals.reduce((sum, { perSecond, forMs }) => sum + (perSecond * forMs) / SECOND, 0);
