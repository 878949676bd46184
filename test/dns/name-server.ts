import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import packet, { type Answer, type DecodedPacket } from 'dns-packet';

/** What a name has. A list that is absent is empty; a name that nobody spoke of does not exist. */
export interface Zone {
  A?: readonly string[];
  AAAA?: readonly string[];
  /** It is another name's, for both questions; the name server does not follow it. */
  cname?: string;
  /** The name server says that it cannot tell (SERVFAIL), for these questions. */
  fails?: readonly Question[];
  /** No answer ever, to these questions. */
  silent?: readonly Question[];
}

type Question = 'A' | 'AAAA';
/** Asked anew for every question; one that is not ready to answer keeps whoever asks waiting. */
type Answering = (question: Question) => Zone | Promise<Zone>;

const NXDOMAIN = 3;
const SERVFAIL = 2;
/** What fits into a datagram of the resolver's; more is asked for again over TCP. */
const DATAGRAM_BYTES = 1232;

/** A name server in the test's hands, on UDP and TCP of the loopback. */
export class NameServer {
  /** Every question, in order: `A name`. */
  readonly asked: string[] = [];
  private readonly zones = new Map<string, Answering>();
  private readonly udp = createSocket('udp4');
  private readonly tcp: Server = createServer((socket) => this.serve(socket));
  private readonly sockets = new Set<Socket>();
  private stopped = false;

  static async start(): Promise<NameServer> {
    const server = new NameServer();
    server.tcp.listen(0, '127.0.0.1');
    await once(server.tcp, 'listening');
    server.udp.on('message', (message, { port, address }) => {
      void server.reply(message).then((answer) => {
        if (answer === null || server.stopped) return;
        const fits = answer.length <= DATAGRAM_BYTES ? answer : truncated(message);
        server.udp.send(fits, port, address);
      });
    });
    server.udp.bind(server.port, '127.0.0.1');
    await once(server.udp, 'listening');
    return server;
  }

  /** As `EGRESS_DNS_SERVERS` wants it. */
  get address(): string {
    return `127.0.0.1:${String(this.port)}`;
  }

  has(name: string, zone: Zone | Answering): void {
    this.zones.set(name, typeof zone === 'function' ? zone : () => zone);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const socket of this.sockets) socket.destroy();
    this.tcp.close();
    this.udp.close();
    await Promise.all([once(this.tcp, 'close'), once(this.udp, 'close')]);
  }

  private get port(): number {
    return (this.tcp.address() as AddressInfo).port;
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE()) return;
      const message = received.subarray(2);
      received = Buffer.alloc(0);
      void this.reply(message).then((answer) => {
        if (answer === null) return;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        socket.write(Buffer.concat([length, answer]));
      });
    });
  }

  /** Null: silence. */
  private async reply(message: Buffer): Promise<Buffer | null> {
    const query = packet.decode(message);
    const { name = '', type } = query.questions?.[0] ?? {};
    if (type !== 'A' && type !== 'AAAA') return respond(query, 0, []);
    this.asked.push(`${type} ${name}`);
    const zone = await this.zones.get(name.toLowerCase())?.(type);
    return zone === undefined ? respond(query, NXDOMAIN, []) : answerOf(zone, { query, name, type });
  }
}

function answerOf(
  zone: Zone,
  { query, name, type }: { query: DecodedPacket; name: string; type: Question },
): Buffer | null {
  if (zone.silent?.includes(type)) return null;
  if (zone.fails?.includes(type)) return respond(query, SERVFAIL, []);
  if (zone.cname !== undefined) return respond(query, 0, [{ type: 'CNAME', name, ttl: 300, data: zone.cname }]);
  const answers = (zone[type] ?? []).map((data): Answer => ({ type, name, ttl: 300, data }));
  return respond(query, 0, answers);
}

function respond(query: DecodedPacket, code: number, answers: Answer[]): Buffer {
  const flags = packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE | code;
  return packet.encode({ type: 'response', id: query.id ?? 0, flags, questions: query.questions ?? [], answers });
}

function truncated(message: Buffer): Buffer {
  const query = packet.decode(message);
  const flags = packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE | packet.TRUNCATED_RESPONSE;
  return packet.encode({ type: 'response', id: query.id ?? 0, flags, questions: query.questions ?? [], answers: [] });
}
