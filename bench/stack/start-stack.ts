import { randomBytes } from 'node:crypto';
import { childEnvironment, formatMasterKeys } from '#config';
import { freePort } from '#embedded';
import { prepareQueue } from '#lanes';
import { Database, runMigrations } from '#persistence';
import type { MasterKey } from '#signing';
import type { Child } from '../child.js';
import type { ClosingStack } from '../closing-stack.js';
import { seedTenant } from './seed.js';
import { startApp } from './start-app.js';
import { startBenchPostgres } from './start-postgres.js';
import { startBenchRedis } from './start-redis.js';

export interface Stack {
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly tenantId: string;
  readonly masterKey: MasterKey;
  /** The harness's own way in. */
  readonly database: Database;
  readonly queue: 'redis' | 'postgres';
  /** By name, as the report shows them; each with everything below it. */
  readonly pids: Readonly<Record<string, number>>;
  readonly apps: readonly Child[];
}

export interface StackOptions {
  /** Where the apps leave a CPU profile when they end; null = none is made. */
  readonly profileDirectory: string | null;
}

/** Posthorn with everything it needs, as production runs it, on free ports of the loopback. */
export async function startStack(closing: ClosingStack, { profileDirectory }: StackOptions): Promise<Stack> {
  const postgres = closing.add(await startBenchPostgres(profileDirectory !== null));
  const redis = await startBenchRedis();
  if (redis) closing.add(redis);
  await runMigrations(postgres.url);
  const redisUrl = redis?.url ?? null;
  await prepareQueue({ redisUrl, databaseUrl: postgres.url, name: 'lanes', prefix: 'posthorn' });
  const database = await openDatabase(postgres.url, closing);
  const tenant = await seedTenant(database);
  const masterKey = { id: 'bench', key: randomBytes(32) };
  const ports = { api: await freePort(), dispatcher: await freePort() };
  const env = environment({ databaseUrl: postgres.url, redisUrl, masterKey, ports });
  const nodeArguments = [
    '--max-semi-space-size=32', // as in the image
    ...(profileDirectory === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`]),
  ];
  const start = async (name: keyof typeof ports): Promise<Child> => {
    const main = `../apps/${name}/src/main.js`;
    return closing.add(
      await startApp({ main, env, nodeArguments }, `http://127.0.0.1:${String(ports[name])}/health/ready`),
    );
  };
  const api = await start('api');
  const dispatcher = await start('dispatcher');
  return {
    ...tenant,
    ...{ masterKey, database, queue: redis ? 'redis' : 'postgres', apiUrl: `http://127.0.0.1:${String(ports.api)}` },
    pids: { api: api.pid, dispatcher: dispatcher.pid, postgres: postgres.pid, ...(redis ? { redis: redis.pid } : {}) },
    apps: [api, dispatcher],
  };
}

async function openDatabase(url: string, closing: ClosingStack): Promise<Database> {
  const database = await Database.open({ url, appName: 'posthorn-bench', poolSize: 2, statementTimeoutMs: 60_000 });
  closing.add({ stop: () => database.close() });
  return database;
}

/** Production's defaults: nothing is tuned for the bench but where things are. */
function environment(of: {
  databaseUrl: string;
  redisUrl: string | null;
  masterKey: MasterKey;
  ports: { api: number; dispatcher: number };
}): Record<string, string> {
  return childEnvironment({
    NODE_ENV: 'production',
    DATABASE_URL: of.databaseUrl,
    REDIS_URL: of.redisUrl ?? '',
    MASTER_KEYS: formatMasterKeys([of.masterKey]),
    EGRESS_ALLOW_CIDRS: '127.0.0.0/8',
    EGRESS_ALLOW_PORTS: '1-65535',
    HOST: '127.0.0.1',
    API_PORT: String(of.ports.api),
    DISPATCHER_PORT: String(of.ports.dispatcher),
    METRICS_PORT: undefined,
    LOG_LEVEL: 'warn',
    SHUTDOWN_TIMEOUT_MS: '5000',
  });
}
