import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerFor, send } from './answer.js';
import type { Answer, Script } from './answer.js';
import type { ReceivedRequest } from './received-request.js';

/** A customer's endpoint, in the test's hands. */
export interface Receiver {
  readonly port: number;
  /** Complete requests in the order in which they were complete. */
  readonly requests: readonly ReceivedRequest[];
  url(path: string, host?: string): string;
  /** What this path answers from now on; other paths answer an empty 200. */
  answer(path: string, script: Script): void;
  at(path: string): readonly ReceivedRequest[];
  /** Requests begun and not yet answered (at a path, or all). */
  inFlight(path?: string): number;
  maxInFlight(path?: string): number;
  /** Connections accepted so far. */
  connections(): number;
  /** Lets everything that hangs go on. */
  release(): void;
  /** Resolves as soon as it holds, looked at whenever a request begins, is complete, or ends. */
  waitFor(holds: (receiver: Receiver) => boolean, timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
}

const WAIT_MS = 10_000;
const EVERYWHERE = '*';

class HttpReceiver implements Receiver {
  readonly requests: ReceivedRequest[] = [];
  private readonly byPath = new Map<string, ReceivedRequest[]>();
  private readonly scripts = new Map<string, Script>();
  private readonly flying = new Map<string, number>();
  private readonly highest = new Map<string, number>();
  private readonly hanging = new Set<() => void>();
  private readonly watchers = new Set<() => void>();
  private readonly server = createServer((request, response) => void this.receive(request, response));
  private accepted = 0;

  async listen(host: string): Promise<this> {
    this.server.on('connection', (socket) => {
      this.accepted += 1;
      if (!isLoopback(socket.remoteAddress)) socket.destroy();
    });
    this.server.keepAliveTimeout = 0;
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject).listen(0, host, resolve);
    });
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  url(path: string, host = '127.0.0.1'): string {
    return `http://${host}:${String(this.port)}${path}`;
  }

  answer(path: string, script: Script): void {
    this.scripts.set(path, script);
  }

  at(path: string): readonly ReceivedRequest[] {
    return this.byPath.get(path) ?? [];
  }

  inFlight(path = EVERYWHERE): number {
    return this.flying.get(path) ?? 0;
  }

  maxInFlight(path = EVERYWHERE): number {
    return this.highest.get(path) ?? 0;
  }

  connections(): number {
    return this.accepted;
  }

  release(): void {
    const waiting = [...this.hanging];
    this.hanging.clear();
    for (const goOn of waiting) goOn();
  }

  waitFor(holds: (receiver: Receiver) => boolean, timeoutMs = WAIT_MS): Promise<void> {
    if (holds(this)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.watchers.delete(look);
        act();
      };
      const look = (): void => {
        if (holds(this)) settle(resolve);
      };
      const timer = setTimeout(() => {
        settle(() => {
          reject(new Error(`Not so within ${timeoutMs} ms: ${String(holds)} (${this.requests.length} requests came)`));
        });
      }, timeoutMs);
      this.watchers.add(look);
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => {
        resolve();
      });
      this.server.closeAllConnections();
    });
  }

  private async receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = Date.now();
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://receiver');
    this.count(pathname, 1);
    response.once('close', () => {
      this.count(pathname, -1);
    });
    const body = await readAll(incoming);
    if (!body) return; // the sender went away
    const request: ReceivedRequest = {
      at,
      method: incoming.method ?? '',
      path: pathname,
      query: searchParams,
      headers: incoming.headers,
      rawHeaders: incoming.rawHeaders,
      body,
      localAddress: incoming.socket.localAddress ?? '',
      remotePort: incoming.socket.remotePort ?? 0,
    };
    const before = this.record(request);
    this.reply(response, answerFor(this.scripts.get(pathname) ?? {}, request, before));
    this.changed();
  }

  /** How many came to this path before. */
  private record(request: ReceivedRequest): number {
    this.requests.push(request);
    const same = this.byPath.get(request.path);
    if (!same) this.byPath.set(request.path, [request]);
    return (same?.push(request) ?? 1) - 1;
  }

  private reply(response: ServerResponse, answer: Answer): void {
    if (!answer.hang) {
      send(response, answer);
      return;
    }
    const goOn = (): void => {
      send(response, answer);
    };
    this.hanging.add(goOn);
    response.once('close', () => this.hanging.delete(goOn));
  }

  private count(path: string, change: 1 | -1): void {
    for (const key of [path, EVERYWHERE]) {
      const now = this.inFlight(key) + change;
      this.flying.set(key, now);
      this.highest.set(key, Math.max(now, this.maxInFlight(key)));
    }
    this.changed();
  }

  private changed(): void {
    for (const look of [...this.watchers]) look();
  }
}

/**
 * Listens on 127.0.0.1; with `wholeLoopback` on every 127.x.y.z (many origins at one listener), refusing peers from elsewhere.
 * Close it in the test that started it.
 */
export async function startReceiver(options: { wholeLoopback?: boolean } = {}): Promise<Receiver> {
  return new HttpReceiver().listen(options.wholeLoopback ? '0.0.0.0' : '127.0.0.1');
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::ffff:)?127\.|^::1$/.test(address);
}

async function readAll(incoming: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
  } catch {
    return null;
  }
  return Buffer.concat(chunks);
}
