import type { TargetPolicy } from '#core';
import { Connection, type ConnectionEvents, type ConnectionUser, type OpenSocket } from './connection.js';
import type { Connector } from './connect.js';
import { parseTarget, type Target } from './target.js';

/**
 * The kept-alive connections of one endpoint at its present origin. They were opened under this policy, and are nobody else's: what the guard
 * let through for one endpoint says nothing about another's.
 */
export interface Home {
  readonly endpointId: string;
  readonly policy: TargetPolicy;
  target: Target;
  /** Free ones, the last used on top: it is the one least likely to have been closed by the receiver meanwhile. */
  readonly idle: EndpointConnection[];
  /** All that are open, in use or not. */
  open: number;
}

export type EndpointConnection = Connection<Home>;

/** What wants a connection, and gets it now or when its turn comes. */
export interface Applicant extends ConnectionUser {
  readonly home: Home;
  onConnection(connection: EndpointConnection): void;
}

export interface PoolOptions {
  /** Sockets open at the same time, to all endpoints together. */
  maxSockets: number;
  idleTimeoutMs: number;
}

/**
 * Connections by endpoint, as many as it has attempts at the same time, and bounded over all. At the bound the least recently used
 * idle one makes room; when none is idle, attempts wait in the order in which they came. An endpoint that hangs occupies no more than
 * its own concurrency of them.
 */
export class ConnectionPool implements ConnectionEvents<Home> {
  readonly #connector: Connector;
  readonly #options: PoolOptions;
  readonly #homes = new Map<string, Home>();
  /** Every idle connection, the least recently used first. */
  readonly #idle = new Set<EndpointConnection>();
  /** Of these, every one but the last used of its endpoint. */
  readonly #spare = new Set<EndpointConnection>();
  readonly #waiting = new Set<Applicant>();
  #open = 0;
  #closing = false;
  #onEmpty: (() => void) | null = null;

  constructor(connector: Connector, options: PoolOptions) {
    this.#connector = connector;
    this.#options = options;
  }

  /** Throws when the URL is none. Another origin or policy is another home: what is idle in the old one is closed. */
  home(endpointId: string, url: string, policy: TargetPolicy): Home {
    const known = this.#homes.get(endpointId);
    const isAsBefore = known !== undefined && isSamePolicy(known.policy, policy);
    if (isAsBefore && known.target.url === url) return known;
    const target = parseTarget(url);
    if (isAsBefore && known.target.origin === target.origin) {
      known.target = target;
      return known;
    }
    const home: Home = { endpointId, policy, target, idle: [], open: 0 };
    this.#homes.set(endpointId, home);
    for (const connection of known?.idle.splice(0) ?? []) this.#closeIdle(connection);
    return home;
  }

  acquire(applicant: Applicant): void {
    const free = applicant.home.idle.pop();
    if (free !== undefined) {
      this.#idle.delete(free);
      const below = applicant.home.idle.at(-1);
      if (below !== undefined) this.#spare.delete(below);
      this.#give(free, applicant);
    } else if (this.#open < this.#options.maxSockets) {
      this.#openFor(applicant);
    } else {
      this.#waiting.add(applicant);
      this.#makeRoom();
    }
  }

  isWaiting(applicant: Applicant): boolean {
    return this.#waiting.has(applicant);
  }

  /** Takes back an application that still waits. */
  cancel(applicant: Applicant): void {
    this.#waiting.delete(applicant);
    this.#forgetIfUnused(applicant.home);
  }

  /** Gives a connection back after an answer that ended well. */
  release(connection: EndpointConnection): void {
    connection.user = null;
    if (connection.closed) return;
    const next = first(this.#waiting);
    if (next?.home === connection.home) {
      this.#waiting.delete(next);
      this.#give(connection, next);
    } else if (next !== undefined || this.#closing || !this.#isCurrent(connection.home)) {
      connection.close();
    } else {
      const below = connection.home.idle.at(-1);
      if (below !== undefined) this.#spare.add(below);
      connection.home.idle.push(connection);
      this.#idle.add(connection);
    }
  }

  onIdleEnd(connection: EndpointConnection): void {
    const { idle } = connection.home;
    const index = idle.indexOf(connection);
    if (index !== -1) idle.splice(index, 1);
    const last = idle.at(-1);
    if (last !== undefined) this.#spare.delete(last);
    this.#closeIdle(connection);
  }

  onClosed({ home }: EndpointConnection): void {
    this.#open -= 1;
    home.open -= 1;
    this.#forgetIfUnused(home);
    const next = first(this.#waiting);
    if (next !== undefined && this.#open < this.#options.maxSockets) {
      this.#waiting.delete(next);
      this.#openFor(next);
    }
    if (this.#open === 0) this.#onEmpty?.();
  }

  /** Closes what is idle now, and every other connection as it is given back. Resolves when no socket is left. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const connection of this.#idle) this.onIdleEnd(connection);
    if (this.#open === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  get stats(): { sockets: number; idle: number; waiting: number; endpoints: number } {
    return {
      sockets: this.#open,
      idle: this.#idle.size,
      waiting: this.#waiting.size,
      endpoints: this.#homes.size,
    };
  }

  #give(connection: EndpointConnection, applicant: Applicant): void {
    connection.user = applicant;
    applicant.onConnection(connection);
  }

  #openFor(applicant: Applicant): void {
    const { home } = applicant;
    if (!this.#homes.has(home.endpointId)) this.#homes.set(home.endpointId, home);
    const open: OpenSocket = (target, opening) => this.#connector.open(home.policy, target, opening);
    const connection = new Connection(home, home.target.origin, open, this.#options.idleTimeoutMs, this);
    home.open += 1;
    this.#open += 1;
    this.#give(connection, applicant);
  }

  /**
   * Its slot is free only once its socket is closed, so that the bound holds. An endpoint's only connection goes last: with more endpoints in
   * turn than there is room for all that each once needed, every one would else find its own just closed.
   */
  #makeRoom(): void {
    const leastRecentlyUsed = first(this.#spare) ?? first(this.#idle);
    if (leastRecentlyUsed !== undefined) this.onIdleEnd(leastRecentlyUsed);
  }

  #closeIdle(connection: EndpointConnection): void {
    this.#idle.delete(connection);
    this.#spare.delete(connection);
    connection.close();
  }

  #isCurrent(home: Home): boolean {
    return this.#homes.get(home.endpointId) === home;
  }

  #forgetIfUnused(home: Home): void {
    if (home.open === 0 && this.#isCurrent(home)) this.#homes.delete(home.endpointId);
  }
}

/** The same object as a rule: a profile keeps its own for as long as its version. */
function isSamePolicy(one: TargetPolicy, other: TargetPolicy): boolean {
  if (one === other) return true;
  return one.httpsOnly === other.httpsOnly && String(one.allowedPorts) === String(other.allowedPorts);
}

function first<T>(set: ReadonlySet<T>): T | undefined {
  for (const value of set) return value;
  return undefined;
}
