import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { freePort } from './free-port.js';

describe('a free port', () => {
  const servers: Server[] = [];

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  });

  // The system draws from some 28,000: of a thousand, a dozen would come twice.
  it('is another one each time, though nobody listens on them yet', async () => {
    const ports = [];
    for (let n = 0; n < 1_000; n += 1) ports.push(await freePort());
    expect(new Set(ports).size).toBe(1_000);
  });

  it('is the wanted one, again and again, until somebody listens there', async () => {
    const wanted = await freePort();
    expect(await freePort(wanted)).toBe(wanted);
    const server = createServer();
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(wanted, '127.0.0.1', resolve));
    expect((server.address() as AddressInfo).port).toBe(wanted);
    expect(await freePort(wanted)).not.toBe(wanted);
  });
});
