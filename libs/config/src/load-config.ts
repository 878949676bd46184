import { ConfigError } from './config-error.js';
import type { Variable } from './variable.js';
import { Unfit } from './variable.js';
import { VARIABLES } from './variables.js';

type Table = typeof VARIABLES;
type ValueOf<Row> = Row extends Variable<infer Value> ? Value : never;
export type Group = keyof Table;

/** The environment, validated: groups of values, all frozen. */
export type Config = {
  readonly [Name in Group]: { readonly [Property in keyof Table[Name]]: ValueOf<Table[Name][Property]> };
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** Every group. Throws ConfigError that names each wrong or missing variable. */
export function loadConfig(env: Environment = process.env): Config {
  return loadGroups(Object.keys(VARIABLES) as Group[], env);
}

/** Only these groups, for a process that needs no more: what it does not use need not be set. */
export function loadGroups<Name extends Group>(
  groups: readonly Name[],
  env: Environment = process.env,
): Pick<Config, Name> {
  const problems: string[] = [];
  const entries = groups.map((group) => [group, readGroup(VARIABLES[group], env, problems)] as const);
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(Object.fromEntries(entries)) as Pick<Config, Name>;
}

/** One variable that may be missing even though some process requires it: the launcher has its own answer then. */
export function loadOptional(row: Variable<string | null>, env: Environment = process.env): string | null {
  const text = given(env, row);
  if (text === undefined) return null;
  const problems: string[] = [];
  const value = readVariable(row, env, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return value as string | null;
}

function readGroup(rows: Readonly<Record<string, Variable<unknown>>>, env: Environment, problems: string[]): object {
  const values = Object.entries(rows).map(([property, row]) => [property, readVariable(row, env, problems)] as const);
  return Object.freeze(Object.fromEntries(values));
}

function readVariable(row: Variable<unknown>, env: Environment, problems: string[]): unknown {
  const text = given(env, row);
  if (text === undefined) {
    if (row.required) problems.push(`${row.name} is not set. ${row.describes}`);
    return Object.freeze(row.default);
  }
  try {
    return Object.freeze(row.read(text));
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    problems.push(
      `${row.name} ${row.secret ? 'has a value that is not right: it' : `is ${quoted(text)}, but`} must be ${error.message}.`,
    );
    return undefined;
  }
}

/** Empty = unset, as shells and compose files write "nothing". */
function given(env: Environment, row: Variable<unknown>): string | undefined {
  const text = env[row.name]?.trim();
  return text === '' ? undefined : text;
}

const SHOWN_CHARACTERS = 100;

function quoted(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text);
}
