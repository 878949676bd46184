import { childEnvironment } from '#config';
import { Child } from '../child.js';
import type { ReceiverAnswer, ReceiverQuestion } from './protocol.js';

/** The receiver as the harness sees it. */
export class Receiver {
  private constructor(
    private readonly child: Child,
    readonly port: number,
  ) {}

  static async start(): Promise<Receiver> {
    const child = Child.start({ main: './receiver/main.js', env: childEnvironment({}) });
    const { port } = await child.told<{ port: number }>();
    return new Receiver(child, port);
  }

  get pid(): number {
    return this.child.pid;
  }

  async begin(): Promise<void> {
    await this.ask({ ask: 'begin' });
  }

  /** Resolves when so many requests were answered since `begin`. */
  async reached(requests: number): Promise<void> {
    await this.ask({ ask: 'reached', requests });
  }

  /** Closes the round's connections and tells what came. */
  end(): Promise<ReceiverAnswer> {
    return this.ask({ ask: 'end' });
  }

  stop(): Promise<void> {
    return this.child.stop();
  }

  private ask(question: ReceiverQuestion): Promise<ReceiverAnswer> {
    return this.child.ask<ReceiverAnswer>(question);
  }
}
