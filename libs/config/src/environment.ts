import type { Environment } from './load-config.js';

/** The environment for a child process: ours with these changes; undefined = not set there. */
export function childEnvironment(changes: Environment, env: Environment = process.env): Record<string, string> {
  const merged = { ...env, ...changes };
  return Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** What stands in the environment, unread: for where empty means something else than absent. */
export function rawVariable(name: string, env: Environment = process.env): string | undefined {
  return env[name];
}

/** Sets a variable for this process and those it will start: how the tests' set-up tells their workers where the servers are. */
export function setForChildren(name: string, value: string): void {
  process.env[name] = value;
}
