import type { Socket } from 'node:net';
import { ConnectFailure, TargetFull } from './connect-failure.js';
import type { ConnectTimings } from './connect-result.js';
import type { Expiring } from './deadlines.js';
import { classifyConnectError, type ConnectStep } from './error-class.js';

/** One connection on its way: watches the socket's events to know the step, its time, and the reason of a failure. */
export class Connecting implements Expiring {
  deadlineTick = 0;
  readonly #socket: Socket;
  readonly #timings: ConnectTimings;
  readonly #monotonic: () => number;
  readonly #done: (error: ConnectFailure | TargetFull | null) => void;
  readonly #isTls: boolean;
  #step: ConnectStep;
  #stepStartedAt: number;
  #ended = false;

  constructor(
    socket: Socket,
    of: { isTls: boolean; isNamed: boolean },
    timings: ConnectTimings,
    monotonic: () => number,
    done: (error: ConnectFailure | TargetFull | null) => void,
  ) {
    this.#socket = socket;
    this.#timings = timings;
    this.#monotonic = monotonic;
    this.#done = done;
    this.#isTls = of.isTls;
    this.#step = of.isNamed ? 'dns' : 'tcp';
    this.#stepStartedAt = monotonic();
    timings.dnsMs = null;
    timings.connectMs = null;
    timings.tlsMs = null;
    socket
      .once('lookup', this.#onLookup)
      .once('connect', this.#onConnect)
      .once('error', this.#onError)
      .once('close', this.#onClose);
    if (this.#isTls) socket.once('secureConnect', this.#onSecure);
  }

  readonly #onLookup = (error: Error | null): void => {
    if (error !== null) return; // 'error' follows
    this.#timings.dnsMs = this.#nextStep('tcp');
  };

  readonly #onConnect = (): void => {
    this.#timings.connectMs = this.#nextStep('tls');
    if (!this.#isTls) this.#end(null);
  };

  readonly #onSecure = (): void => {
    this.#timings.tlsMs = this.#nextStep('tls');
    this.#end(null);
  };

  readonly #onError = (error: Error): void => {
    if (error instanceof ConnectFailure || error instanceof TargetFull) {
      this.#end(error); // ours: the guard's, or the cap's
      return;
    }
    // With several addresses tried, the error is an aggregate without a text of its own.
    const [first] = 'errors' in error ? (error.errors as Error[]) : [error];
    this.#end(new ConnectFailure(classifyConnectError(error, this.#step), first?.message ?? error.message));
  };

  readonly #onClose = (): void => {
    this.#end(new ConnectFailure('connect_reset', 'closed while connecting'));
  };

  onDeadline(): void {
    this.#end(
      this.#step === 'dns'
        ? new ConnectFailure('dns_timeout', 'the name was not resolved within the connect time-out')
        : new ConnectFailure('connect_timeout', `no connection within the connect time-out (${this.#step})`),
    );
    this.#socket.destroy();
  }

  #nextStep(step: ConnectStep): number {
    const now = this.#monotonic();
    const tookMs = now - this.#stepStartedAt;
    this.#step = step;
    this.#stepStartedAt = now;
    return tookMs;
  }

  #end(error: ConnectFailure | TargetFull | null): void {
    if (this.#ended) return;
    this.#ended = true;
    const socket = this.#socket;
    socket.off('lookup', this.#onLookup).off('connect', this.#onConnect).off('secureConnect', this.#onSecure);
    socket.off('close', this.#onClose);
    // A failed socket may report more than one error; on a good one undici listens from now on.
    if (error === null) socket.off('error', this.#onError);
    else socket.on('error', () => undefined);
    this.#done(error);
  }
}
