import { rawVariable, setForChildren } from '#config';

/** What the set-up of a run started or was given, as the spec files see it. */
export interface TestServers {
  /** The cluster's own database, from which others are made. */
  adminUrl: string;
  /** Migrated once; every spec file gets a copy. */
  template: string;
  /** Null: there is none, and its suites are skipped. */
  redisUrl: string | null;
  /** Ours, so that every spec file can have a database (by number) of its own. */
  redisIsOurs: boolean;
  /** Open on every address of this machine: no test may connect to it, and one that does fails the run. */
  tripwirePort: number;
}

const VARIABLE = 'POSTHORN_TEST_SERVERS';

/** Jest's workers are started after the set-up and inherit this. */
export function announceServers(servers: TestServers): void {
  setForChildren(VARIABLE, JSON.stringify(servers));
}

export function testServers(): TestServers {
  const text = rawVariable(VARIABLE);
  if (text === undefined)
    throw new Error('This test needs the servers that the set-up of the integration and e2e projects starts.');
  return JSON.parse(text) as TestServers;
}
