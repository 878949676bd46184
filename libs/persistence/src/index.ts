export { Database, isDatabaseAway, isPassing, sqlState } from './database.js';
export type { DatabaseOptions, Runner, Statement } from './database.js';
export { runMigrations } from './migrate.js';
export { dropPartitions, ensurePartitions } from './partitions.js';
export * from './entities/index.js';
export * from './sql/index.js';
export * from './sql/read/index.js';
export * from './repositories/index.js';
