import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { childEnvironment } from '#config';

const LISTEN = `const server = require('node:net').createServer();
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));
process.stdin.resume().once('end', () => process.exit());`;
const FILLING = 8;
const TAKEN_WITHIN_MS = 100;

/** A port at which connecting hangs: its process is stopped and its queue is full, so the kernel drops what else knocks. */
export class FullListener {
  private constructor(
    private readonly child: ChildProcess,
    private readonly sockets: readonly Socket[],
    readonly port: number,
  ) {}

  static async start(): Promise<FullListener> {
    const child = spawn(process.execPath, ['--eval', LISTEN], {
      env: childEnvironment({}),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    child.kill('SIGSTOP');
    const port = Number(line);
    const sockets: Socket[] = [];
    // Until one is not taken any more: how long the queue is, is the kernel's to say.
    for (let n = 0; n < FILLING; n += 1) {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      sockets.push(socket);
      const taken = await once(socket, 'connect', { signal: AbortSignal.timeout(TAKEN_WITHIN_MS) }).then(
        () => true,
        () => false,
      );
      if (!taken) return new FullListener(child, sockets, port);
    }
    throw new Error('The queue of the listener is never full');
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}
