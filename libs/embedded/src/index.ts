export { startPostgres } from './start-postgres.js';
export type { PostgresOptions, RunningPostgres } from './start-postgres.js';
export { hasData, placeData } from './data-directory.js';
export { startGuarded } from './start-guarded.js';
export type { GuardedServer, GuardedServerOptions } from './start-guarded.js';
export { freePort } from './free-port.js';
export { commandLine } from './command-line.js';
