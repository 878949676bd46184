import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';

interface Visit {
  from: string;
  port: number;
  /** The address that was connected to. */
  at: string;
}

/**
 * Listens on every address of this machine, at a port where no test has any business. Tests aim at it by addresses that are forbidden to them;
 * whoever gets through all the same fails the run, whatever the guard said of it.
 */
export class Tripwire {
  private readonly visits: Visit[] = [];
  private readonly server = createServer((socket) => {
    const { remoteAddress = '', remotePort = 0, localAddress = '' } = socket;
    this.visits.push({ from: plain(remoteAddress), port: remotePort, at: plain(localAddress) });
    socket.on('error', () => undefined).destroy();
  });

  static async start(): Promise<Tripwire> {
    const tripwire = new Tripwire();
    tripwire.server.listen(0); // IPv6 and IPv4, or IPv4 where there is nothing else
    await once(tripwire.server, 'listening');
    return tripwire;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Throws when somebody of this machine came. Strangers who scan its ports are none of the tests'. */
  async stop(): Promise<void> {
    const own = await this.knock();
    this.server.close();
    await once(this.server, 'close');
    const came = this.visits.filter(({ from, port }) => port !== own && isOfThisMachine(from));
    if (came.length > 0) {
      throw new Error(`connections came to addresses that are forbidden: ${came.map(({ at }) => at).join(', ')}`);
    }
  }

  /** One connection of our own, last in the kernel's queue: once it is heard, all are, and the listener does hear. */
  private async knock(): Promise<number | undefined> {
    const socket = connect(this.port, '127.0.0.1');
    await once(socket, 'connect');
    const { localPort } = socket;
    while (!this.visits.some(({ port }) => port === localPort)) await once(this.server, 'connection');
    socket.destroy();
    return localPort;
  }
}

/** An IPv4 address as such, also when it came to a listener for both families. */
function plain(address: string): string {
  return address.replace(/^::ffff:/, '');
}

function isOfThisMachine(address: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((one) => one.address));
  return address.startsWith('127.') || own.includes(address.replace(/%.*$/, ''));
}
