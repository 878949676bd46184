import { SECOND } from '#core';
import type { AttemptResult, Clock } from '#core';
import type { AddressGuard } from './address-guard.js';
import { Attempt, type AttemptContext, type AttemptRequest } from './attempt.js';
import { Connector } from './connect.js';
import { ConnectionPool } from './connection-pool.js';
import { Deadlines } from './deadlines.js';
import { EgressProxy } from './egress-proxy.js';

export interface EgressOptions {
  /** For `startedAt` only. Time-outs and durations are measured on the machine's own monotonic clock, as sockets are real. */
  clock: Pick<Clock, 'now'>;
  guard: AddressGuard;
  /** An HTTP proxy that all connections leave through; its user and password in the URL. Default none. */
  proxyUrl?: string | null;
  /** DNS, TCP and TLS together. Default 5 s. */
  connectTimeoutMs?: number;
  /** Sockets open at the same time, to all endpoints together. Default 8,000; stay below the open-file limit. */
  maxSockets?: number;
  /** How long an unused connection is kept when the receiver does not announce a time. Default 30 s. */
  idleTimeoutMs?: number;
  /** PEM certificates of authorities to trust beside those Node knows. */
  certificateAuthorities?: readonly string[];
}

export interface EgressStats {
  /** Open, in use or idle. */
  sockets: number;
  idle: number;
  inFlight: number;
  /** Attempts in flight that wait for a socket, because all are in use. */
  waiting: number;
  /** Endpoints with an open connection. */
  endpoints: number;
}

/** The only outbound HTTP: one attempt at a time per connection, HTTP/1.1, nothing followed, nothing inflated, nothing sent twice. */
export class Egress {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #context: AttemptContext;
  readonly #inFlight = new Set<Attempt>();
  #onIdle: (() => void) | null = null;
  #closed: Promise<void> | null = null;

  constructor(options: EgressOptions) {
    const { connectTimeoutMs = 5 * SECOND, maxSockets = 8000, idleTimeoutMs = 30 * SECOND, proxyUrl = null } = options;
    const monotonic = (): number => performance.now();
    const deadlines = new Deadlines(monotonic);
    const certificateAuthorities = options.certificateAuthorities ?? [];
    const proxy = proxyUrl === null ? null : new EgressProxy(proxyUrl);
    const connector = new Connector(
      { connectTimeoutMs, certificateAuthorities, guard: options.guard, proxy },
      deadlines,
      monotonic,
    );
    this.#clock = options.clock;
    this.#context = {
      pool: new ConnectionPool(connector, { maxSockets, idleTimeoutMs }),
      deadlines,
      monotonic,
      onSettled: (attempt) => {
        this.#inFlight.delete(attempt);
        if (this.#inFlight.size === 0) this.#onIdle?.();
      },
    };
  }

  /**
   * Makes one request. What the receiver does is the result; it rejects only by our own fault: when the request itself cannot be built (its
   * URL or a header is not valid), or when the egress proxy cannot be used.
   */
  send(request: AttemptRequest): Promise<AttemptResult> {
    if (this.#closed !== null) return Promise.resolve({ kind: 'not_sent', reason: 'shutdown' });
    return new Promise((resolve, reject) => {
      const home = this.#context.pool.home(request.endpointId, request.url, request.policy); // throwing rejects
      const attempt = new Attempt(this.#context, request, home, this.#clock.now(), resolve, reject);
      this.#inFlight.add(attempt);
      attempt.start();
    });
  }

  /**
   * Starts nothing more, waits for what is in flight, and closes every socket. After `graceMs`, what is still in flight is cut off as
   * `not_sent`: as after a crash, the receiver may have seen it. Without it, the attempts' own time-outs bound the wait.
   */
  close(options: { graceMs?: number } = {}): Promise<void> {
    this.#closed ??= this.#close(options.graceMs);
    return this.#closed;
  }

  stats(): EgressStats {
    return { inFlight: this.#inFlight.size, ...this.#context.pool.stats };
  }

  async #close(graceMs: number | undefined): Promise<void> {
    for (const attempt of this.#inFlight) if (attempt.isWaiting) attempt.shutDown();
    const poolClosed = this.#context.pool.close();
    const grace = graceMs === undefined ? null : setTimeout(this.#cutOff, graceMs);
    if (this.#inFlight.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    if (grace !== null) clearTimeout(grace);
    await poolClosed;
    this.#context.deadlines.close();
  }

  readonly #cutOff = (): void => {
    for (const attempt of this.#inFlight) attempt.shutDown();
  };
}
