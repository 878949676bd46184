import type { Config, Environment } from '#config';
import { formatMasterKeys, loadConfig } from '#config';
import { testMasterKeys } from './builders.js';
import type { TestBackend } from './queue-backends.js';

/** Receivers of tests listen on any port of the loopback: what must be open for that, here and in the processes a test starts. */
export const OPEN_LOOPBACK = { EGRESS_ALLOW_CIDRS: '127.0.0.0/8,::1/128', EGRESS_ALLOW_PORTS: '1-65535' };

/** The configuration a process would have with this database and queue: silent, loopback open, any free port. */
export function testConfig(databaseUrl: string, backend?: TestBackend, more: Environment = {}): Config {
  return loadConfig({
    DATABASE_URL: databaseUrl,
    MASTER_KEYS: formatMasterKeys(testMasterKeys),
    ...OPEN_LOOPBACK,
    LOG_LEVEL: 'silent',
    API_PORT: '0',
    ADMIN_PORT: '0',
    DISPATCHER_PORT: '0',
    ...(backend ? { QUEUE_PREFIX: backend.prefix, REDIS_URL: backend.redisUrl ?? '' } : {}),
    ...more,
  });
}
