import { connect as connectTcp, isIP, type Socket, type TcpNetConnectOpts } from 'node:net';
import {
  connect as connectTls,
  createSecureContext,
  rootCertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import type { AttemptErrorClass } from '#core';
import type { buildConnector } from 'undici';
import type { Deadlines, Expiring } from './deadlines.js';
import { classifyConnectError, type ConnectStep } from './error-class.js';
import { TlsSessions } from './tls-sessions.js';

export interface ConnectOptions {
  connectTimeoutMs: number;
  /** PEM certificates trusted beside Node's own. */
  certificateAuthorities: readonly string[];
}

/** How long each step took, in ms; null while it has not ended, or when there was none. */
export interface ConnectTimings {
  dnsMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
}

/** Why a connection did not come about. Its `code` is none that undici would take for a reason to try again. */
export class ConnectFailure extends Error {
  readonly code = 'POSTHORN_CONNECT';
  readonly errorClass: AttemptErrorClass;

  constructor(errorClass: AttemptErrorClass, message: string) {
    super(message);
    this.errorClass = errorClass;
  }
}

/** Opens connections: DNS, TCP, TLS, all within the connect time-out. */
export class Connector {
  readonly #deadlines: Deadlines;
  readonly #monotonic: () => number;
  readonly #connectTimeoutMs: number;
  readonly #secureContext: SecureContext;
  readonly #sessions = new TlsSessions();

  constructor(options: ConnectOptions, deadlines: Deadlines, monotonic: () => number) {
    this.#deadlines = deadlines;
    this.#monotonic = monotonic;
    this.#connectTimeoutMs = options.connectTimeoutMs;
    // One for all connections: reading the root certificates takes milliseconds.
    this.#secureContext = createSecureContext({
      minVersion: 'TLSv1.2',
      ...(options.certificateAuthorities.length > 0
        ? { ca: [...rootCertificates, ...options.certificateAuthorities] }
        : undefined),
    });
  }

  /** Starts connecting. The socket comes at once, so that it can be destroyed; `done` is called exactly once, later. */
  open(target: buildConnector.Options, timings: ConnectTimings, done: buildConnector.Callback): Socket {
    const socket = target.protocol === 'https:' ? this.#tls(target) : this.#tcp(target);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    const connecting = new Connecting(socket, target, timings, this.#monotonic, (error) => {
      this.#deadlines.remove(connecting);
      if (error === null) done(null, socket);
      else done(error, null);
    });
    this.#deadlines.add(connecting, this.#connectTimeoutMs);
    return socket;
  }

  // The address guard belongs here, in both calls: as `lookup`, which must refuse a name when any of its answers is forbidden and pin
  // the answers it checked, and as a check of IP literals, for which Node never calls `lookup`. Every new connection passes here.

  #tcp({ hostname, port }: buildConnector.Options): Socket {
    return connectTcp({ ...address(hostname, port || 80) });
  }

  #tls({ hostname, port }: buildConnector.Options): TLSSocket {
    const sessionKey = `${hostname}:${port}`;
    const session = this.#sessions.find(sessionKey);
    const socket = connectTls({
      ...address(hostname, port || 443),
      servername: isIP(hostname) === 0 ? hostname.replace(/\.$/, '') : '',
      secureContext: this.#secureContext,
      rejectUnauthorized: true, // said aloud, so that NODE_TLS_REJECT_UNAUTHORIZED in the environment changes nothing
      ALPNProtocols: ['http/1.1'],
      ...(session === undefined ? undefined : { session }),
    });
    socket.on('session', (next: Buffer) => {
      this.#sessions.keep(sessionKey, next);
    });
    return socket;
  }
}

/** IPv6 and IPv4 in turn (RFC 8305), with more patience than Node's 250 ms for receivers on other continents. */
function address(host: string, port: string | number): TcpNetConnectOpts {
  return { host, port: Number(port), autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 500 };
}

/** One connection on its way: watches the socket's events to know the step, its time, and the reason of a failure. */
class Connecting implements Expiring {
  deadlineTick = 0;
  readonly #socket: Socket;
  readonly #timings: ConnectTimings;
  readonly #monotonic: () => number;
  readonly #done: (error: ConnectFailure | null) => void;
  readonly #isTls: boolean;
  #step: ConnectStep;
  #stepStartedAt: number;
  #ended = false;

  constructor(
    socket: Socket,
    target: buildConnector.Options,
    timings: ConnectTimings,
    monotonic: () => number,
    done: (error: ConnectFailure | null) => void,
  ) {
    this.#socket = socket;
    this.#timings = timings;
    this.#monotonic = monotonic;
    this.#done = done;
    this.#isTls = target.protocol === 'https:';
    this.#step = isIP(target.hostname) === 0 ? 'dns' : 'tcp';
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

  #end(error: ConnectFailure | null): void {
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
