import { loadGroups } from '#config';
import { SECOND } from '#core';
import {
  ACCOUNTED_UNTIL,
  ACCOUNTING_DIFFERENCE,
  addGauge,
  createLogger,
  createMetrics,
  exitWithParent,
  Health,
} from '#observability';
import type { Logger } from '#observability';
import { Dispatcher } from './dispatcher.js';
import { serveHealth } from './health-server.js';

/** After the time limit: for cutting off what is left. What is not gone by then does not answer. */
const OVERTIME_MS = 5_000;

const GROUPS = [
  'database',
  'queue',
  'lane',
  'flow',
  'disabling',
  'http',
  'egress',
  'delivery',
  'secrets',
  'log',
  'shutdown',
] as const;

async function main(): Promise<void> {
  exitWithParent();
  const config = loadGroups(GROUPS);
  const logger = createLogger(config, 'dispatcher');
  const dispatcher = await Dispatcher.start(
    config,
    (error) => {
      logger.error({ err: error }, error.message);
    },
    (message) => {
      logger.warn(message);
    },
  );
  const health = new Health().add('dispatcher', () => dispatcher.ready());
  const server = await serveHealth(health, metricsOf(dispatcher), {
    host: config.http.host,
    port: config.http.dispatcherPort,
  });
  logger.info({ port: server.port, holder: dispatcher.id }, 'holding lanes');

  stopOnSignal(logger, async () => {
    // Not a matter of any step's good will, and of no further signal: whoever waits for this process can rely on it.
    setTimeout(() => process.exit(1), config.shutdown.timeoutMs + OVERTIME_MS).unref();
    health.stop();
    try {
      await dispatcher.stop();
    } finally {
      await server.close();
    }
    logger.info('stopped');
  });
}

/** What does not answer any more (a frozen Redis, a lock that is waited for) must not keep the process: everything else is done by then. */
function stopOnSignal(logger: Logger, stop: () => Promise<void>): void {
  let stopped: Promise<void> | null = null;
  const exit = (code: number) => process.exit(code);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stopped ??= stop();
      stopped.then(
        () => exit(0),
        (error: unknown) => {
          logger.error({ err: error }, 'could not stop in good order');
          exit(1);
        },
      );
    });
  }
}

function metricsOf(dispatcher: Dispatcher): ReturnType<typeof createMetrics> {
  const metrics = createMetrics('dispatcher');
  addGauge(metrics, ACCOUNTING_DIFFERENCE, () => dispatcher.books()?.difference ?? null);
  addGauge(metrics, ACCOUNTED_UNTIL, () => (dispatcher.books()?.countedUntil ?? 0) / SECOND || null);
  return metrics;
}

main().catch((error: unknown) => {
  process.stderr.write(`dispatcher: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
