import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { childEnvironment } from '#config';
import { nodeOptions } from '../fleet/node-options.js';
import type { PublisherOrder, ReceiverQuestion } from './processes/messages.js';

const FOLDER = 'dist/test/load/processes';

/** A process of a load test, told and telling by messages; it ends with its channel. */
abstract class LoadProcess {
  protected constructor(private readonly child: ChildProcess) {}

  protected async ask<Answer>(message: object): Promise<Answer> {
    const answer = nextMessage<Answer>(this.child);
    this.child.send(message);
    return answer;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.disconnect();
    await gone;
  }
}

/** `receiver.ts` in a process of its own. */
export class ReceiverProcess extends LoadProcess {
  private constructor(
    child: ChildProcess,
    private readonly port: number,
  ) {
    super(child);
  }

  static async start(): Promise<ReceiverProcess> {
    const child = startProcess('receiver', [], {});
    return new ReceiverProcess(child, await nextMessage<number>(child));
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** From publishing to receipt, in milliseconds, as soon as so many have come. */
  latencies(group: string, round: number, count: number): Promise<number[]> {
    return this.ask<number[]>({ ask: 'latencies', group, round, count } satisfies ReceiverQuestion);
  }
}

/** `hostile-receiver.ts` in a process of its own. */
export class HostileReceiverProcess extends LoadProcess {
  private constructor(
    child: ChildProcess,
    private readonly port: number,
    /** How it can misbehave: the first part of a path. */
    readonly ways: readonly string[],
  ) {
    super(child);
  }

  static async start(): Promise<HostileReceiverProcess> {
    const child = startProcess('hostile-receiver', [], {});
    const { port, ways } = await nextMessage<{ port: number; ways: string[] }>(child);
    return new HostileReceiverProcess(child, port, ways);
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }
}

/** `publisher.ts` in a process of its own. */
export class PublisherProcess extends LoadProcess {
  static async start(tenantId: string, env: Readonly<Record<string, string>>): Promise<PublisherProcess> {
    const child = startProcess('publisher', [tenantId], env);
    await nextMessage(child);
    return new PublisherProcess(child);
  }

  /** How many events each stream had, when all are committed. */
  publish(order: PublisherOrder): Promise<number[]> {
    return this.ask<number[]>(order);
  }
}

function startProcess(file: string, args: string[], env: Record<string, string>): ChildProcess {
  return fork(`${FOLDER}/${file}.js`, args, {
    env: childEnvironment({ ...env, NODE_OPTIONS: nodeOptions(env.NODE_OPTIONS) }),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => {
      child.off('message', told);
      reject(new Error(`A process of the test ended with ${String(code)}`));
    };
    const told = (message: unknown): void => {
      child.off('exit', ended);
      resolve(message as Message);
    };
    child.once('exit', ended).once('message', told);
  });
}
