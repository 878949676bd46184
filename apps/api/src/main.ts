import 'reflect-metadata';
import { loadGroups } from '#config';
import { SECOND, SystemClock } from '#core';
import { PublishEvents } from '#delivery';
import { AddressGuard } from '#egress';
import type { GuardConfig } from '#egress';
import { listen, stopOnSignal } from '#http-kit';
import { LaneWaker } from '#lanes';
import { createLogger, createMetrics, exitWithParent, serveMetrics } from '#observability';
import { Database } from '#persistence';
import { SecretBox } from '#signing';
import { createApi } from './create-api.js';
import { DatabaseTime } from './database-time.js';
import { VERSION } from './version.js';

const GROUPS = [
  'database',
  'queue',
  'http',
  'egress',
  'delivery',
  'flow',
  'disabling',
  'publish',
  'secrets',
  'log',
  'shutdown',
] as const;

/** Somebody waits for the answer: a name that takes longer is judged when it is sent to. */
const DNS_TIMEOUT_MS = 2 * SECOND;

async function openGuard(config: GuardConfig): Promise<AddressGuard> {
  const guard = new AddressGuard(config, DNS_TIMEOUT_MS);
  await guard.learnOwnAddresses();
  return guard;
}

async function main(): Promise<void> {
  const config = loadGroups(GROUPS);
  const logger = createLogger(config, 'api');
  const onError = (error: Error): void => {
    logger.error({ err: error }, error.message);
  };
  const database = await Database.open({ ...config.database, appName: 'posthorn-api', watched: true, onError });
  const clock = new SystemClock();
  const time = new DatabaseTime(database, clock);
  await time.start(onError);
  const guard = await openGuard(config);
  const waker = LaneWaker.open({ ...config.queue, databaseUrl: config.database.url }, onError);
  const { app } = await createApi({
    database,
    waker,
    clock,
    guard,
    logger,
    box: new SecretBox(config.secrets.masterKeys),
    publishEvents: new PublishEvents(database, waker, config.publish),
    limits: config.delivery,
    laneRules: { flow: config.flow, disabling: config.disabling },
    trustProxy: config.http.trustProxy,
    requestLimits: config.http,
    version: VERSION,
  });
  const { host, apiPort, metricsPort } = config.http;
  const url = await listen(app, { host, port: apiPort, portVariable: 'API_PORT' });
  const metrics = metricsPort === null ? null : await serveMetrics(createMetrics('api'), { host, port: metricsPort });
  logger.info({ url }, 'listening');

  stopOnSignal(logger, config.shutdown.timeoutMs, async () => {
    time.stop();
    await app.close();
    await metrics?.close();
    guard.close();
    await waker.close();
    await database.close();
  });
  exitWithParent();
}

main().catch((error: unknown) => {
  process.stderr.write(`api: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
