import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { TcpProxy } from '#testing';
import type { Random } from '../../../simulate/random.js';
import { now } from '../settings.js';
import type { EndpointPlan } from './endpoint-plan.js';
import type { Arrival } from './logs.js';

/** One customer's endpoint: answers as planned and records every request. It can die and come back at its address. */
export class Receiver {
  readonly arrivals: Arrival[] = [];
  /** The last event that came: what has been accepted later than a fault's end shows that the endpoint gets deliveries again. */
  private readonly watchers = new Set<(arrival: Arrival) => void>();
  private verifier: Webhook | null = null;
  private flying = 0;
  private readonly timers = new Set<NodeJS.Timeout>();

  private constructor(
    readonly plan: EndpointPlan,
    private readonly random: Random,
    private server: Server,
    readonly line: TcpProxy,
  ) {}

  static async start(plan: EndpointPlan, random: Random): Promise<Receiver> {
    const server = createServer();
    await listen(server, 0);
    const line = await TcpProxy.to({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
    const receiver = new Receiver(plan, random, server, line);
    receiver.serve();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.line.port}/${this.plan.uid}`;
  }

  /** Known once the endpoint is made. */
  set secret(secret: string) {
    this.verifier = new Webhook(secret);
  }

  onArrival(watcher: (arrival: Arrival) => void): void {
    this.watchers.add(watcher);
  }

  /** As a process that is killed: every connection ends, nobody listens. */
  async die(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  async rise(): Promise<void> {
    this.server = createServer();
    this.serve();
    await listen(this.server, this.line.target.port);
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    if (this.server.listening) await this.die();
    await this.line.close();
  }

  private serve(): void {
    this.server.keepAliveTimeout = 0;
    this.server.on('request', (request, response) => void this.receive(request, response));
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = now();
    this.flying += 1;
    const inFlight = this.flying;
    let arrival: Arrival | null = null;
    response.once('close', () => {
      this.flying -= 1;
      if (!arrival) return;
      arrival.complete = response.writableFinished;
      if (!arrival.complete) arrival.endedAt = now();
    });
    const body = await read(request);
    if (body === null) return; // the sender went away
    arrival = {
      ...{ at, inFlight, eventId: header(request, 'webhook-id'), attempt: Number(header(request, 'posthorn-attempt')) },
      ...{ key: keyOf(body), signed: this.isSigned(request, body), status: 0, endedAt: Infinity, complete: false },
    };
    this.arrivals.push(arrival);
    for (const watch of this.watchers) watch(arrival);
    this.answerLater(response, arrival);
  }

  private answerLater(response: ServerResponse, arrival: Arrival): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      if (response.destroyed) return;
      arrival.status = this.plan.status(this.random);
      arrival.endedAt = now();
      response.writeHead(arrival.status).end();
    }, this.plan.delayMs(this.random));
    this.timers.add(timer);
  }

  private isSigned(request: IncomingMessage, body: Buffer): boolean {
    try {
      this.verifier?.verify(body, request.headers as Record<string, string>);
      return this.verifier !== null;
    } catch {
      return false;
    }
  }
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen({ host: '127.0.0.1', port, backlog: 1_024 });
  await once(server, 'listening');
}

async function read(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return null;
  }
  return Buffer.concat(chunks);
}

const header = (request: IncomingMessage, name: string): string => String(request.headers[name]);

/** What a payload carries, however it came. */
function keyOf(body: Buffer): string {
  const { data } = JSON.parse(body.toString()) as { data: { key: string } };
  return data.key;
}
