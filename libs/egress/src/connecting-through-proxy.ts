import { isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { ConnectFailure, ProxyFailure, TargetFull, type ConnectError } from './connect-failure.js';
import type { ConnectCallback, ConnectTimings } from './connect-result.js';
import type { Expiring } from './deadlines.js';
import type { EgressProxy } from './egress-proxy.js';
import { classifyConnectError } from './error-class.js';

export interface ProxiedWay {
  proxy: EgressProxy;
  port: number;
  isNamed: boolean;
  /** Those the guard has checked and that may be connected to now. */
  addresses: () => Promise<readonly string[]>;
  /** Begins TLS over the tunnel; null: plain http. */
  secure: ((tunnel: Socket) => TLSSocket) | null;
  timings: ConnectTimings;
  monotonic: () => number;
  done: ConnectCallback;
}

type Step = 'dns' | 'proxy' | 'tls';

/** One connection on its way through the egress proxy: the receiver's addresses, a tunnel to one of them, TLS inside it. */
export class ConnectingThroughProxy implements Expiring {
  deadlineTick = 0;
  /** To the proxy. */
  readonly socket: Socket;
  readonly #way: ProxiedWay;
  #step: Step = 'dns';
  #stepStartedAt: number;
  #ended = false;

  constructor(way: ProxiedWay) {
    this.#way = way;
    Object.assign(way.timings, { dnsMs: null, connectMs: null, tlsMs: null });
    this.#stepStartedAt = way.monotonic();
    this.socket = way.proxy.connect();
    this.socket.setNoDelay(true);
    this.socket.setKeepAlive(true, 60_000);
    this.socket.on('error', this.#onProxyError).once('close', this.#onClose);
    void this.#run();
  }

  onDeadline(): void {
    this.#fail(this.#late());
    this.socket.destroy();
  }

  async #run(): Promise<void> {
    try {
      const address = first(await this.#way.addresses());
      this.#succeed(await this.#open(address), address);
    } catch (error) {
      this.#fail(isConnectError(error) ? error : new ProxyFailure(String(error)));
      this.socket.destroy();
    }
  }

  async #open(address: string): Promise<Socket> {
    const { proxy, port, isNamed, secure, timings } = this.#way;
    const dnsMs = this.#nextStep('proxy');
    if (isNamed) timings.dnsMs = dnsMs;
    await proxy.tunnel(this.socket, address, port);
    timings.connectMs = this.#nextStep('tls');
    if (secure === null) return this.socket;
    const socket = await handshake(secure(this.socket));
    timings.tlsMs = this.#nextStep('tls');
    return socket;
  }

  #late(): ConnectFailure | ProxyFailure {
    if (this.#step === 'dns')
      return new ConnectFailure('dns_timeout', 'the name was not resolved within the connect time-out');
    // Once the proxy has been asked, it is the receiver that it waits for.
    return this.socket.connecting
      ? new ProxyFailure('no connection to the egress proxy within the connect time-out')
      : new ConnectFailure('connect_timeout', `no connection within the connect time-out (${this.#step})`);
  }

  readonly #onProxyError = ({ message }: Error): void => {
    this.#fail(new ProxyFailure(`the egress proxy cannot be used: ${message}`));
  };

  readonly #onClose = (): void => {
    this.#fail(new ConnectFailure('connect_reset', 'closed while connecting'));
  };

  #nextStep(step: Step): number {
    const now = this.#way.monotonic();
    const tookMs = now - this.#stepStartedAt;
    this.#step = step;
    this.#stepStartedAt = now;
    return tookMs;
  }

  #succeed(socket: Socket, address: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.socket.off('close', this.#onClose);
    if (socket === this.socket) this.socket.off('error', this.#onProxyError); // from now on undici listens
    this.#way.done(null, socket, address);
  }

  #fail(error: ConnectError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#way.done(error);
  }
}

function isConnectError(error: unknown): error is ConnectError {
  return error instanceof ConnectFailure || error instanceof ProxyFailure || error instanceof TargetFull;
}

/** One only: it is the proxy that would have to try several, and IPv4 is what every proxy has. */
function first(addresses: readonly string[]): string {
  const chosen = addresses.find((address) => isIP(address) === 4) ?? addresses[0];
  if (chosen === undefined) throw new ConnectFailure('dns_not_found', 'the name has no address');
  return chosen;
}

function handshake(socket: TLSSocket): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      socket.on('error', () => undefined); // a failed socket may report more than one
      reject(new ConnectFailure(classifyConnectError(error, 'tls'), error.message));
    };
    const onClose = (): void => {
      reject(new ConnectFailure('connect_reset', 'closed while connecting'));
    };
    socket.once('error', onError).once('close', onClose);
    socket.once('secureConnect', () => {
      socket.off('error', onError).off('close', onClose);
      resolve(socket);
    });
  });
}
