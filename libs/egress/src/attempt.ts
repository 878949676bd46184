import type { IncomingHttpHeaders } from 'node:http';
import type { AttemptErrorClass, AttemptResult, AttemptTimings, NotSent, TargetPolicy } from '#core';
import type { Dispatcher } from 'undici';
import { ConnectFailure, TargetFull } from './connect-failure.js';
import type { Applicant, ConnectionPool, EndpointConnection, Home } from './connection-pool.js';
import type { Deadlines, Expiring } from './deadlines.js';
import { classifyConnectError, classifyExchangeError, isSocketError } from './error-class.js';
import { ResponseCollector } from './response-collector.js';

/** One request to be made. */
export interface AttemptRequest {
  endpointId: string;
  url: string;
  /** What its tenant allows of its URL. */
  policy: TargetPolicy;
  headers: Record<string, string>;
  body: Buffer;
  /** For everything from now on: waiting for a socket, connecting, and the answer. */
  timeoutMs: number;
  /**
   * Asked before a connection is opened: of the receiver's addresses, checked by the guard, those that may be connected to now. None: no packet
   * is sent there, and the result is `not_sent`. It may be asked again, when a kept-alive connection turns out to be dead.
   */
  mayConnect(addresses: readonly string[]): readonly string[];
  /**
   * Asked last of all, on the connection that was chosen and right before bytes are written. False: none is written, the connection
   * stays usable, and the result is `not_sent`. If it throws, so does `send`. `addressKey`: where it leads to, by the function of that name.
   */
  mayStart(addressKey: string): boolean;
}

export interface AttemptContext {
  pool: ConnectionPool;
  deadlines: Deadlines;
  monotonic(): number;
  onSettled(attempt: Attempt): void;
}

const MAX_HEADER_COUNT = 256;
const MAX_INFORMATIONAL = 16;
const MAX_DETAIL = 300;
/** Thrown in `onRequestStart`: unlike an abort, it takes the request off the connection without destroying that. */
const NOT_STARTED = new Error('the request was not started');

/** One request on its way: undici's handler, and the one place that knows how far it has come. Ends exactly once. */
export class Attempt implements Applicant, Expiring {
  deadlineTick = 0;
  readonly home: Home;

  readonly #context: AttemptContext;
  readonly #request: AttemptRequest;
  readonly #path: string;
  readonly #startedAt: number;
  readonly #startedTick: number;
  readonly #resolve: (result: AttemptResult) => void;
  readonly #reject: (fault: Error) => void;
  #connection: EndpointConnection | null = null;
  #sentTick: number | null = null;
  #firstByteTick: number | null = null;
  #informational = 0;
  #response: ResponseCollector | null = null;
  #keepsAlive = true;
  #settled = false;

  constructor(
    context: AttemptContext,
    request: AttemptRequest,
    home: Home,
    startedAt: number,
    resolve: (result: AttemptResult) => void,
    reject: (fault: Error) => void,
  ) {
    this.#context = context;
    this.#request = request;
    this.home = home;
    this.#path = home.target.path;
    this.#startedAt = startedAt;
    this.#startedTick = context.monotonic();
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(): void {
    this.#context.deadlines.add(this, this.#request.timeoutMs);
    this.#context.pool.acquire(this);
  }

  onConnection(connection: EndpointConnection): void {
    this.#connection = connection;
    const { headers, body } = this.#request;
    connection.send({ method: 'POST', path: this.#path, headers, body }, this);
  }

  mayConnect(addresses: readonly string[]): readonly string[] {
    return this.#request.mayConnect(addresses);
  }

  /** undici calls it when the socket is connected and free: the next thing it does is to write. */
  onRequestStart(): void {
    if (!this.#request.mayStart(this.#connection?.addressKey ?? '')) throw NOT_STARTED;
    this.#sentTick = this.#context.monotonic();
  }

  onResponseStarted(): void {
    this.#firstByteTick ??= this.#context.monotonic();
  }

  onResponseStart(controller: Dispatcher.DispatchController, statusCode: number, headers: IncomingHttpHeaders): void {
    if (this.#settled) return;
    if (statusCode < 200) {
      this.#informational += 1;
      if (statusCode === 101) this.#fail('protocol_error', '101 Switching Protocols without having been asked');
      else if (this.#informational > MAX_INFORMATIONAL) this.#fail('protocol_error', 'too many 1xx answers');
      return;
    }
    const lines = controller.rawHeaders;
    if (Array.isArray(lines) && lines.length > 2 * MAX_HEADER_COUNT) {
      this.#fail('protocol_headers_too_large', `more than ${String(MAX_HEADER_COUNT)} headers`);
      return;
    }
    this.#keepsAlive = headers.connection?.toLowerCase() !== 'close';
    this.#response = new ResponseCollector(statusCode, headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled || this.#response?.push(chunk) === true) return;
    this.#cutOff(); // the rest is not wanted
  }

  onResponseEnd(): void {
    if (this.#settled || this.#response === null) return;
    const connection = this.#connection;
    this.#settle(this.#answered(this.#response, true));
    if (connection === null) return;
    if (this.#keepsAlive) this.#context.pool.release(connection);
    else connection.close();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#settled) return;
    if (error === NOT_STARTED) this.#stayBehind();
    else if (this.#response !== null)
      this.#cutOff(); // it broke off: the status counts
    else if (this.#sentTick !== null) this.#fail(classifyExchangeError(error), error.message);
    else this.#failUnsent(error);
  }

  onFlood(): void {
    if (this.#response === null) this.#fail('protocol_error', 'more was received than an answer may have');
    else this.#cutOff();
  }

  onDeadline(): void {
    if (this.#context.pool.isWaiting(this)) this.#withdraw('no_socket');
    else if (this.#response !== null) this.#cutOff();
    else if (this.#sentTick !== null) this.#fail('response_timeout', `no answer within ${this.#timeout}`);
    else this.#fail('connect_timeout', `no connection within ${this.#timeout}`);
  }

  /** Ends it because the process does. What was sent may have arrived, as in a crash. */
  shutDown(): void {
    if (!this.#settled) this.#withdraw('shutdown');
  }

  get isWaiting(): boolean {
    return this.#context.pool.isWaiting(this);
  }

  get #timeout(): string {
    return `${String(this.#request.timeoutMs)} ms`;
  }

  #stayBehind(): void {
    const connection = this.#connection;
    this.#settle({ kind: 'not_sent', reason: 'fenced' });
    if (connection !== null) this.#context.pool.release(connection);
  }

  #withdraw(reason: NotSent['reason']): void {
    this.#settle({ kind: 'not_sent', reason });
    this.#context.pool.cancel(this);
    this.#connection?.close();
  }

  #failUnsent(error: Error): void {
    const connection = this.#connection;
    if (error instanceof TargetFull) this.#withdraw('target_full');
    else if (error instanceof ConnectFailure) this.#fail(error.errorClass, error.message);
    else if (!isSocketError(error)) this.#giveUp(error);
    else if (connection?.opened === false) {
      // A kept-alive connection turned out to be dead. Nothing was written to it, so another one may be tried.
      connection.close();
      this.#connection = null;
      this.#context.pool.acquire(this);
    } else this.#fail(classifyConnectError(error, 'tcp'), error.message);
  }

  #giveUp(fault: Error): void {
    this.#settle(null);
    this.#reject(fault);
    this.#connection?.close();
  }

  #fail(error: AttemptErrorClass, detail: string): void {
    this.#settle({ kind: 'failure', error, detail: detail.slice(0, MAX_DETAIL), ...this.#measured() });
    this.#connection?.close();
  }

  #cutOff(): void {
    if (this.#response !== null) this.#settle(this.#answered(this.#response, false));
    this.#connection?.close();
  }

  #answered(response: ResponseCollector, complete: boolean): AttemptResult {
    return { kind: 'response', response: response.response(complete), ...this.#measured() };
  }

  #measured(): { startedAt: number; durationMs: number; timings: AttemptTimings } {
    const connection = this.#connection?.opened === true ? this.#connection.timings : null;
    const sent = this.#sentTick;
    return {
      startedAt: this.#startedAt,
      durationMs: Math.round(this.#context.monotonic() - this.#startedTick),
      timings: {
        dnsMs: rounded(connection?.dnsMs),
        connectMs: rounded(connection?.connectMs),
        tlsMs: rounded(connection?.tlsMs),
        firstByteMs: sent === null || this.#firstByteTick === null ? null : Math.round(this.#firstByteTick - sent),
      },
    };
  }

  /** First of all: what closing a connection calls back must find the attempt settled. */
  #settle(result: AttemptResult | null): void {
    this.#settled = true;
    this.#context.deadlines.remove(this);
    this.#context.onSettled(this);
    if (result !== null) this.#resolve(result);
  }
}

function rounded(ms: number | null | undefined): number | null {
  return ms === null || ms === undefined ? null : Math.round(ms);
}
