import { promises as dns, type LookupAddress } from 'node:dns';
import { request, type IncomingHttpHeaders } from 'node:http';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { KIB } from '#core';
import type { AttemptErrorClass } from '#core';
import { ConnectFailure, ProxyFailure } from './connect-failure.js';

/**
 * A proxy that connections leave through, for installations whose receivers expect fixed source addresses. It is asked (RFC 9110, section
 * 9.3.6) for an address that the guard has checked, never for a name: it must not resolve one differently.
 */
export class EgressProxy {
  readonly #host: string;
  readonly #port: number;
  readonly #authorization: string | null;
  #asked: Promise<LookupAddress[]> | null = null;

  constructor(url: string) {
    const { hostname, port, username, password } = new URL(url);
    this.#host = hostname.replace(/^\[(.*)\]$/, '$1');
    this.#port = port === '' ? 80 : Number(port);
    this.#authorization =
      username === '' && password === ''
        ? null
        : `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;
  }

  /** A connection to the proxy, begun. It is our own: its address is trusted whatever it is. */
  connect(): Socket {
    return connect({ host: this.#host, port: this.#port, autoSelectFamily: true, lookup: this.#lookup });
  }

  /** As the system finds names, but one question at a time: each occupies one of libuv's four threads, for as long as a name server hangs. */
  readonly #lookup: LookupFunction = (name, _options, callback) => {
    this.#asked ??= dns.lookup(name, { all: true }).finally(() => {
      this.#asked = null;
    });
    this.#asked.then(
      (addresses) => {
        callback(null, addresses);
      },
      (error: unknown) => {
        callback(error as Error, []);
      },
    );
  };

  /** Makes it a tunnel. Rejects with a `ProxyFailure`, or a `ConnectFailure` when the proxy says that the receiver cannot be reached. */
  tunnel(socket: Socket, address: string, port: number): Promise<void> {
    const authority = `${isIP(address) === 6 ? `[${address}]` : address}:${String(port)}`;
    return new Promise((resolve, reject) => {
      const asked = request({
        createConnection: () => socket,
        method: 'CONNECT',
        path: authority,
        headers: {
          host: authority,
          ...(this.#authorization === null ? undefined : { 'proxy-authorization': this.#authorization }),
        },
        maxHeaderSize: 16 * KIB,
      });
      asked.once('connect', ({ statusCode = 0, headers }, _socket, head: Buffer) => {
        const failure = judgeProxyAnswer(statusCode, headers);
        if (failure !== null) reject(failure);
        else {
          if (head.length > 0) socket.unshift(head);
          resolve();
        }
      });
      asked.on('error', ({ message }) => {
        reject(new ProxyFailure(`the egress proxy cannot be used: ${message}`));
      });
      asked.end();
    });
  }
}

const UNREACHABLE: Readonly<Record<number, AttemptErrorClass>> = { 502: 'connect_failed', 504: 'connect_timeout' };
/** Squid answers 503 for a receiver that it cannot connect to, and says so here. */
const SQUID_CANNOT_CONNECT = /^ERR_CONNECT_FAIL\b/;

/** What an answer to CONNECT means; null = the tunnel stands. A gateway's statuses speak of the receiver, all others of the proxy. */
export function judgeProxyAnswer(status: number, headers: IncomingHttpHeaders): ConnectFailure | ProxyFailure | null {
  if (status >= 200 && status < 300) return null;
  const squid = headers['x-squid-error'];
  const cannotConnect = typeof squid === 'string' && SQUID_CANNOT_CONNECT.test(squid);
  const errorClass = cannotConnect ? 'connect_failed' : UNREACHABLE[status];
  if (errorClass !== undefined) {
    return new ConnectFailure(errorClass, `the receiver cannot be reached (${String(status)} of the egress proxy)`);
  }
  return new ProxyFailure(`the egress proxy refuses to connect: ${String(status)}`);
}
