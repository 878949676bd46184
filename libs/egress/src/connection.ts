import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { addressKey, KIB, SECOND } from '#core';
import { Client, type buildConnector, type Dispatcher } from 'undici';
import type { Opening } from './connect.js';
import type { Admit, ConnectCallback, ConnectTimings } from './connect-result.js';

/** Who holds a connection now. */
export interface ConnectionUser extends Dispatcher.DispatchHandler {
  /** Of these addresses of its receiver, those that it may be connected to now. */
  mayConnect(addresses: readonly string[]): readonly string[];
  /** More came than any answer has that we read to its end. */
  onFlood(): void;
}

export interface ConnectionEvents<Home> {
  /** The receiver, or the idle time-out, ended it while nobody used it. */
  onIdleEnd(connection: Connection<Home>): void;
  /** It is over, and its socket is closed. */
  onClosed(connection: Connection<Home>): void;
}

/** Opens a socket; `done` comes with the one to use, which may be another. */
export type OpenSocket = (target: buildConnector.Options, opening: Opening) => Socket;

const MAX_HEADERS = 16 * KIB;
// 64 KiB of body, 16 KiB of headers, and what the last read brought. It bounds what no hook of undici shows: endless reason phrases,
// chunk extensions, empty lines.
const MAX_RECEIVED = 256 * KIB;

/** One for all: undici would make one for each connection, and Node writes out its stack (3 % of the CPU when many are closed). */
const CLOSED = new Error('the connection was closed');

/** One undici `Client`, that is at most one socket, used for one request at a time and kept alive between them. */
export class Connection<Home> {
  readonly home: Home;
  /** Of the socket it opened last. */
  readonly timings: ConnectTimings = { dnsMs: null, connectMs: null, tlsMs: null };
  /** Where the socket it opened last leads to, by `addressKey`. */
  addressKey = '';
  /** Whether the present request had to open a socket. */
  opened = false;
  user: ConnectionUser | null = null;

  readonly #events: ConnectionEvents<Home>;
  readonly #client: Client;
  #socket: Socket | null = null;
  #receivedBefore = 0;
  #closed = false;

  constructor(home: Home, origin: string, open: OpenSocket, idleTimeoutMs: number, events: ConnectionEvents<Home>) {
    this.home = home;
    this.#events = events;
    this.#client = new Client(origin, {
      pipelining: 1,
      maxHeaderSize: MAX_HEADERS,
      headersTimeout: 0, // the attempt's own deadline covers both
      bodyTimeout: 0,
      keepAliveTimeout: idleTimeoutMs,
      keepAliveMaxTimeout: 10 * 60 * SECOND,
      keepAliveTimeoutThreshold: SECOND, // a receiver that announces "timeout=5" is left after 4 s
      connect: (options, callback) => {
        this.opened = true;
        this.#receivedBefore = 0;
        this.#socket = open(options, { timings: this.timings, admit: this.#admit, done: this.#use(callback) });
      },
    });
    this.#client.on('disconnect', () => {
      if (this.user === null && !this.#closed) this.#events.onIdleEnd(this);
    });
    // undici emits it when a handler throws. Ours do not; but without a listener the process would die if one did.
    (this.#client as EventEmitter).on('error', () => {
      this.close();
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(options: Dispatcher.DispatchOptions, user: ConnectionUser): void {
    this.opened = false;
    this.#receivedBefore = this.#socket?.bytesRead ?? 0;
    if (this.#socket === null) this.#client.dispatch(options, user);
    // What the receiver has sent meanwhile, unasked, must not be taken for this request's answer. undici, too, lets one phase of the
    // event loop pass; only after two has the kernel surely been asked, whichever we are in, and what came has ended the connection.
    else setImmediate(this.#sendAgain, options, user);
  }

  readonly #sendAgain = (options: Dispatcher.DispatchOptions, user: ConnectionUser): void => {
    if (this.user === user) this.#client.dispatch(options, user); // else it was given up meanwhile
  };

  /** Ends it at once, whatever is on it. Aborting only the request is not enough: undici would connect again just to drop it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.user = null;
    this.#client.destroy(CLOSED, () => undefined);
    const socket = this.#socket;
    if (socket === null || socket.closed) {
      queueMicrotask(() => {
        this.#events.onClosed(this);
      });
    } else {
      socket.once('close', () => {
        this.#events.onClosed(this);
      });
      socket.destroy();
    }
  }

  readonly #admit: Admit = (addresses) => this.user?.mayConnect(addresses) ?? [];

  #use(callback: buildConnector.Callback): ConnectCallback {
    return (...result) => {
      if (result[0] !== null) {
        callback(result[0], null);
        return;
      }
      const [, socket, address] = result;
      this.#socket = socket;
      this.addressKey = addressKey(address);
      callback(null, socket);
      socket.on('readable', this.#onReadable); // behind undici's own listener, which reads
    };
  }

  readonly #onReadable = (): void => {
    if ((this.#socket?.bytesRead ?? 0) - this.#receivedBefore > MAX_RECEIVED) this.user?.onFlood();
  };
}
