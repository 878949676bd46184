import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startGuarded } from '#embedded';

export interface BenchRedis {
  readonly url: string;
  readonly pid: number;
  /** Settles when it has ended, wanted or not. */
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

/** redis-server from the PATH on a free port; null = there is none. */
export async function startBenchRedis(): Promise<BenchRedis | null> {
  const home = await mkdtemp(join(tmpdir(), 'posthorn-bench-redis-'));
  const port = String(await freePort());
  const pidFile = join(home, 'pid');
  const settings = [
    ...['--port', port, '--bind', '127.0.0.1', '--dir', home, '--pidfile', pidFile],
    ...['--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'],
  ];
  try {
    const server = await startGuarded(
      { command: 'redis-server', args: settings, stopSignal: 'SIGTERM', account: null, removeAfterwards: home },
      (line) => line.includes('Ready to accept connections'),
    );
    const pid = Number(await readFile(pidFile, 'utf8'));
    return { url: `redis://127.0.0.1:${port}`, pid, ended: server.ended, stop: () => server.stop() };
  } catch {
    return null;
  }
}
