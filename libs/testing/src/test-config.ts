import type { Config, Environment } from '#config';
import { formatMasterKeys, loadConfig } from '#config';
import { testMasterKeys } from './builders.js';
import type { TestBackend } from './queue-backends.js';

/** The configuration a process would have with this database and queue: silent, loopback open, any free port. */
export function testConfig(databaseUrl: string, backend?: TestBackend, more: Environment = {}): Config {
  return loadConfig({
    DATABASE_URL: databaseUrl,
    MASTER_KEYS: formatMasterKeys(testMasterKeys),
    EGRESS_ALLOW_CIDRS: '127.0.0.0/8,::1/128',
    LOG_LEVEL: 'silent',
    API_PORT: '0',
    ADMIN_PORT: '0',
    DISPATCHER_PORT: '0',
    ...(backend ? { QUEUE_PREFIX: backend.prefix, REDIS_URL: backend.redisUrl ?? '' } : {}),
    ...more,
  });
}
