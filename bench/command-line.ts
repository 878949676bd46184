import { parseArgs } from 'node:util';
import { SCENARIOS, SMOKE } from './scenarios.js';
import type { Scenario } from './scenarios.js';

export interface Wanted {
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  /** Leave CPU profiles of the apps and the statements' costs. Slower: not for comparing. */
  readonly profile: boolean;
  /** Fail when a ratio is below half of what is expected. */
  readonly smoke: boolean;
}

const USAGE = `npm run bench [-- ${SCENARIOS.map(({ name }) => name).join('|')}|smoke …] [--rounds=3] [--profile]`;

const ROUNDS = 3;
const SMOKE_ROUNDS = 2;
const MOST_ROUNDS = 50;

/** Throws a sentence when something is not understood. */
export function readCommandLine(args: readonly string[]): Wanted {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { rounds: { type: 'string' }, profile: { type: 'boolean', default: false } },
  });
  const smoke = positionals.includes('smoke');
  const names = positionals.filter((name) => name !== 'smoke');
  const known = smoke ? SMOKE : SCENARIOS;
  const unknown = names.find((name) => !known.some((scenario) => scenario.name === name));
  if (unknown !== undefined) throw new Error(`There is no scenario ${unknown}.\n${USAGE}`);
  const rounds = Number(values.rounds ?? (smoke ? SMOKE_ROUNDS : ROUNDS));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > MOST_ROUNDS)
    throw new Error(`--rounds is a number from 1 to ${String(MOST_ROUNDS)}.\n${USAGE}`);
  const scenarios = known.filter(({ name }) => names.length === 0 || names.includes(name));
  return { scenarios, rounds, profile: values.profile, smoke };
}
