import 'reflect-metadata';
import { loadGroups } from '#config';
import { ProblemError } from '#core';
import { createHttpApp, listen, readyHttpApp, stopOnSignal } from '#http-kit';
import { createLogger, exitWithParent } from '#observability';
import { Database, isDatabaseAway } from '#persistence';
import { AdminModule } from './admin.module.js';

async function main(): Promise<void> {
  const config = loadGroups(['database', 'http', 'log', 'shutdown']);
  const logger = createLogger(config, 'admin');
  const database = await Database.open({
    ...config.database,
    appName: 'posthorn-admin',
    watched: true,
    onError: (error) => {
      logger.error({ err: error }, error.message);
    },
  });
  const http = await createHttpApp(AdminModule.of(database), {
    // No route asks for an operator yet; whatever does is refused.
    authorize: () => Promise.reject(new ProblemError('unauthenticated')),
    isUnavailable: isDatabaseAway,
    onFault: (err, request) => {
      logger.error({ err, requestId: request.id }, 'a request failed by our fault');
    },
    trustProxy: config.http.trustProxy,
    limits: config.http,
  });
  await readyHttpApp(http);
  const url = await listen(http.app, {
    host: config.http.host,
    port: config.http.adminPort,
    portVariable: 'ADMIN_PORT',
  });
  logger.info({ url }, 'listening');

  stopOnSignal(logger, config.shutdown.timeoutMs, async () => {
    await http.app.close();
    await database.close();
  });
  exitWithParent();
}

main().catch((error: unknown) => {
  process.stderr.write(`admin: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
