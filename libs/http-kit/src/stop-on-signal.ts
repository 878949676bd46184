interface Log {
  info(message: string): void;
  error(fields: object, message: string): void;
}

/** Runs `stop` once, at the first SIGTERM or SIGINT: requests under way are answered, then the process ends by itself, at most `timeoutMs` later. */
export function stopOnSignal(logger: Log, timeoutMs: number, stop: () => Promise<void>): void {
  let stopping = false;
  const begin = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), timeoutMs).unref();
    stop().then(
      () => {
        logger.info('stopped');
      },
      (error: unknown) => {
        logger.error({ err: error }, 'could not stop in good order');
        process.exitCode = 1;
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, begin);
}
