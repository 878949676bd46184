import { loadGroups } from '#config';
import { createLogger, createMetrics, exitWithParent, Health, limitRepeats } from '#observability';
import { Dispatcher } from './dispatcher.js';
import { serveHealth } from './health-server.js';

async function main(): Promise<void> {
  exitWithParent();
  const config = loadGroups(['database', 'queue', 'lane', 'http', 'egress', 'delivery', 'secrets', 'log', 'shutdown']);
  const logger = createLogger(config, 'dispatcher');
  const repeated = limitRepeats(logger);
  const dispatcher = await Dispatcher.start(config, (error) => {
    repeated.error(error.message, { err: error });
  });
  const health = new Health().add('dispatcher', () => dispatcher.ready());
  const server = await serveHealth(health, createMetrics('dispatcher'), {
    host: config.http.host,
    port: config.http.dispatcherPort,
  });
  logger.info({ port: server.port, holder: dispatcher.id }, 'holding lanes');

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    health.stop();
    await dispatcher.stop();
    await server.close();
    logger.info('stopped');
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stop().catch((error: unknown) => {
        logger.error({ err: error }, 'could not stop in good order');
        process.exitCode = 1;
      });
    });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`dispatcher: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
