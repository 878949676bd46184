import { connect as connectTcp, isIP, Socket, type LookupFunction, type TcpNetConnectOpts } from 'node:net';
import {
  connect as connectTls,
  createSecureContext,
  rootCertificates,
  type ConnectionOptions,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import type { NameVerdict, TargetPolicy, TargetVerdict } from '#core';
import type { buildConnector } from 'undici';
import { blocked, pinned, type AddressGuard } from './address-guard.js';
import { TargetFull, type ConnectError } from './connect-failure.js';
import type { Admit, ConnectCallback, ConnectTimings } from './connect-result.js';
import { Connecting } from './connecting.js';
import type { Deadlines } from './deadlines.js';
import { ConnectingThroughProxy } from './connecting-through-proxy.js';
import type { EgressProxy } from './egress-proxy.js';
import { TlsSessions } from './tls-sessions.js';

export interface ConnectOptions {
  connectTimeoutMs: number;
  /** PEM certificates trusted beside Node's own. */
  certificateAuthorities: readonly string[];
  guard: AddressGuard;
  /** Null: connections go straight to the receiver. */
  proxy: EgressProxy | null;
}

/** Opens connections: DNS, the address guard, TCP, TLS, all within the connect time-out. */
export class Connector {
  readonly #options: ConnectOptions;
  readonly #deadlines: Deadlines;
  readonly #monotonic: () => number;
  readonly #secureContext: SecureContext;
  readonly #sessions = new TlsSessions();

  constructor(options: ConnectOptions, deadlines: Deadlines, monotonic: () => number) {
    this.#options = options;
    this.#deadlines = deadlines;
    this.#monotonic = monotonic;
    // One for all connections: reading the root certificates takes milliseconds.
    this.#secureContext = createSecureContext({
      minVersion: 'TLSv1.2',
      ...(options.certificateAuthorities.length > 0
        ? { ca: [...rootCertificates, ...options.certificateAuthorities] }
        : undefined),
    });
  }

  /**
   * Starts connecting. The socket comes at once, so that it can be destroyed; `done` is called exactly once, later, with the one to use: the
   * same, or the TLS that a proxied one carries. `admit` is asked for the addresses that the guard has let through.
   */
  open(policy: TargetPolicy, target: buildConnector.Options, { timings, admit, done }: Opening): Socket {
    const isTls = target.protocol === 'https:';
    const port = Number(target.port) || (isTls ? 443 : 80);
    const verdict = this.#options.guard.judge({ protocol: target.protocol, hostname: target.hostname, port }, policy);
    const way = { target, port, verdict, isTls, timings, admit, done };
    return this.#options.proxy === null || verdict.kind === 'refused'
      ? this.#openDirect(way)
      : this.#openThrough(this.#options.proxy, way, verdict);
  }

  #openDirect(way: Way): Socket {
    const { verdict, isTls, timings, done } = way;
    const socket = verdict.kind === 'refused' ? refusedSocket(blocked(verdict)) : this.#connect(way, verdict);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    const about = { isTls, isNamed: verdict.kind === 'name' };
    const connecting = new Connecting(socket, about, timings, this.#monotonic, (error) => {
      this.#deadlines.remove(connecting);
      if (error === null) done(null, socket, socket.remoteAddress ?? '');
      else done(error);
    });
    this.#deadlines.add(connecting, this.#options.connectTimeoutMs);
    return socket;
  }

  #openThrough(proxy: EgressProxy, { target, port, isTls, timings, admit, done }: Way, to: Admitted): Socket {
    const connecting = new ConnectingThroughProxy({
      proxy,
      port,
      isNamed: to.kind === 'name',
      addresses: async () =>
        admitted(admit, to.kind === 'address' ? [to.address] : await this.#options.guard.resolve(to, port)),
      secure: isTls ? (socket) => this.#secure(target, { socket }) : null,
      timings,
      monotonic: this.#monotonic,
      done: (...result) => {
        this.#deadlines.remove(connecting);
        done(...result);
      },
    });
    this.#deadlines.add(connecting, this.#options.connectTimeoutMs);
    return connecting.socket;
  }

  #connect({ target, port, admit }: Way, to: Admitted): Socket {
    if (to.kind === 'address' && admit([to.address]).length === 0) return refusedSocket(new TargetFull());
    const where =
      to.kind === 'address'
        ? address(to.address, port)
        : { ...address(to.name, port), lookup: this.#lookup(to, port, admit) };
    return target.protocol === 'https:' ? this.#secure(target, where) : connectTcp(where);
  }

  /** Pins the answers that were checked: Node connects to these, IPv6 and IPv4 in turn, and asks nobody else. */
  #lookup(name: NameVerdict, port: number, admit: Admit): LookupFunction {
    return (_host, _options, callback) => {
      this.#options.guard
        .resolve(name, port)
        .then((addresses) => admitted(admit, addresses))
        .then(
          (addresses) => callback(null, pinned(addresses)),
          (error: unknown) => callback(error as Error, []),
        );
    };
  }

  /** The name stays what the URL says: in the handshake, and for the certificate. */
  #secure({ hostname, port }: buildConnector.Options, over: ConnectionOptions): TLSSocket {
    const sessionKey = `${hostname}:${port}`;
    const session = this.#sessions.find(sessionKey);
    const socket = connectTls({
      ...over,
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

type Admitted = Exclude<TargetVerdict, { kind: 'refused' }>;

/** How a connection is opened, and for whom. */
export interface Opening {
  timings: ConnectTimings;
  admit: Admit;
  done: ConnectCallback;
}

interface Way extends Opening {
  target: buildConnector.Options;
  port: number;
  verdict: TargetVerdict;
  isTls: boolean;
}

function admitted(admit: Admit, addresses: readonly string[]): readonly string[] {
  const open = admit(addresses);
  if (open.length === 0) throw new TargetFull();
  return open;
}

/** A socket that was never opened, so that a refusal takes the same way as every other failure. */
function refusedSocket(reason: ConnectError): Socket {
  const socket = new Socket();
  process.nextTick(() => socket.destroy(reason));
  return socket;
}

/** IPv6 and IPv4 in turn (RFC 8305), with more patience than Node's 250 ms for receivers on other continents. */
function address(host: string, port: number): TcpNetConnectOpts {
  return { host, port, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 500 };
}
