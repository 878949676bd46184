import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Scenario } from './scenario.js';
import { SCENARIOS } from './scenarios.js';

export interface Wanted {
  readonly scenarios: readonly Scenario[];
  readonly seed: number;
}

const NAMES = [...new Set(SCENARIOS.map(({ name }) => name))];
const USAGE = `npm run simulate -- all|${NAMES.join('|')} … [--seed=1]`;
const SEEDS = 2 ** 31;

/** Throws a sentence when something is not understood. */
export function readCommandLine(args: readonly string[]): Wanted {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { seed: { type: 'string' } },
  });
  if (positionals.length === 0) throw new Error(USAGE);
  const unknown = positionals.find((name) => name !== 'all' && !NAMES.includes(name));
  if (unknown !== undefined) throw new Error(`There is no scenario ${unknown}.\n${USAGE}`);
  const seed = Number(values.seed ?? randomInt(SEEDS));
  if (!Number.isInteger(seed) || seed < 0) throw new Error(`--seed is a whole number.\n${USAGE}`);
  return { scenarios: SCENARIOS.filter(({ name }) => positionals.includes('all') || positionals.includes(name)), seed };
}
