import { encodeId, newUuid, SECOND } from '#core';
import { newSecret, WebhookSigner } from '#signing';
import { Client } from 'undici';
import type { Dispatcher } from 'undici';
import type { BareRound } from './protocol.js';

interface Target {
  readonly origin: string;
  readonly path: string;
  readonly signer: WebhookSigner;
  readonly idle: Client[];
  open: number;
  left: number;
}

/**
 * Signs and posts, and nothing else: what one Node process can do at most with the libraries Posthorn has. Connections are made and kept as
 * libs/egress does it (an undici `Client` each, one request at a time, the last used first), headers and body are those of a delivery.
 */
export class PostAll {
  private readonly targets: Target[];
  private readonly clients: Client[] = [];
  private readonly body: Buffer;
  private inFlight = 0;
  private left: number;
  private cursor = 0;
  private failures = 0;
  private resolve!: (failures: number) => void;

  constructor(private readonly round: BareRound) {
    this.left = round.requests;
    const timestamp = new Date().toISOString();
    this.body = Buffer.from(`{"type":"order.placed","timestamp":"${timestamp}","data":${round.payload}}`);
    this.targets = round.urls.map((url, n) => ({
      origin: new URL(url).origin,
      path: new URL(url).pathname,
      signer: new WebhookSigner([newSecret()]),
      ...{ idle: [], open: 0 },
      left: Math.ceil((round.requests - n) / round.urls.length),
    }));
  }

  /** Resolves with the number of requests that were not answered with 200. */
  run(): Promise<number> {
    return new Promise((resolve) => {
      this.resolve = resolve;
      this.pump();
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.destroy()));
  }

  private pump(): void {
    while (this.left > 0 && this.inFlight < this.round.inFlight) {
      const target = this.nextTarget();
      if (target === null) return; // every endpoint with something left is at its cap
      this.post(target, target.idle.pop() ?? this.connect(target));
    }
    if (this.left === 0 && this.inFlight === 0) this.resolve(this.failures);
  }

  /** The endpoints take turns, as the events do in the measured system. */
  private nextTarget(): Target | null {
    const last = this.cursor;
    do {
      const target = this.targets[this.cursor];
      this.cursor = (this.cursor + 1) % this.targets.length;
      if (target && target.left > 0 && (target.idle.length > 0 || target.open < this.round.perEndpoint)) return target;
    } while (this.cursor !== last);
    return null;
  }

  private connect(target: Target): Client {
    target.open += 1;
    const client = new Client(target.origin, {
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 30_000,
    });
    this.clients.push(client);
    return client;
  }

  private post(target: Target, client: Client): void {
    target.left -= 1;
    this.left -= 1;
    this.inFlight += 1;
    const id = newUuid(Date.now());
    const seconds = Math.floor(Date.now() / SECOND);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Posthorn-bench',
      ...target.signer.headers(encodeId('event', id), seconds, this.body),
      'posthorn-attempt': '1',
      'posthorn-delivery': encodeId('delivery', id),
    };
    const ended = (good: boolean): void => {
      this.inFlight -= 1;
      if (!good) this.failures += 1;
      target.idle.push(client);
      this.pump();
    };
    client.dispatch({ method: 'POST', path: target.path, headers, body: this.body }, new Answer(ended));
  }
}

/** undici's handler for one request: its status, and that it ended. */
class Answer implements Dispatcher.DispatchHandler {
  private status = 0;

  constructor(private readonly ended: (good: boolean) => void) {}

  onRequestStart(): void {
    // undici wants to be able to say it
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.status = status;
  }

  onResponseEnd(): void {
    this.ended(this.status === 200);
  }

  onResponseError(): void {
    this.ended(false);
  }
}
