import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import type { GuardedServerOptions } from './start-guarded.js';

/**
 * A process between us and a server that we start: it passes on the server's end to us and our end to the server, also when we are killed
 * (the channel closes). It is the leader of a session of its own, so that Ctrl-C in a terminal reaches neither: we decide when the server
 * stops.
 */
const KILL_AFTER_MS = 3_000;

process.once('message', (options: GuardedServerOptions) => {
  const server = spawn(options.command, options.args, {
    cwd: '/',
    stdio: ['ignore', 'inherit', 'inherit'],
    ...(options.account ? { uid: options.account.uid, gid: options.account.gid } : {}),
  });
  server.once('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
  server.once('exit', (code) => {
    if (options.removeAfterwards) rmSync(options.removeAfterwards, { recursive: true, force: true });
    process.exit(code ?? 1);
  });

  const stop = (): void => {
    server.kill(options.stopSignal);
    setTimeout(() => server.kill('SIGQUIT'), KILL_AFTER_MS).unref();
    setTimeout(() => server.kill('SIGKILL'), 2 * KILL_AFTER_MS).unref();
  };
  process.once('disconnect', stop);
  process.once('SIGTERM', stop);
  process.on('SIGINT', () => undefined);
});
