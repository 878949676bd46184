import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { TcpProxy } from './tcp-proxy.js';

describe('a TCP proxy', () => {
  let server: Server;
  let proxy: TcpProxy;
  const clients: Socket[] = [];
  const accepted: Socket[] = [];

  beforeEach(async () => {
    server = createServer((socket) => {
      accepted.push(socket.on('error', () => undefined));
      socket.on('data', (bytes) => socket.write(bytes.toString().toUpperCase()));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxy = await TcpProxy.to({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  });

  afterEach(async () => {
    for (const socket of [...clients.splice(0), ...accepted.splice(0)]) socket.destroy();
    await proxy.close();
    server.close();
    await once(server, 'close');
  });

  const open = async (): Promise<Socket> => {
    const client = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
    clients.push(client);
    await once(client, 'connect');
    return client;
  };
  const closed = (socket: Socket): Promise<void> =>
    new Promise((resolve) => {
      socket.once('close', () => {
        resolve();
      });
    });
  const ask = async (client: Socket, text: string): Promise<string> => {
    client.write(text);
    return String((await once(client, 'data'))[0]);
  };

  it('passes bytes on in both directions', async () => {
    expect(await ask(await open(), 'hello')).toBe('HELLO');
  });

  it('tells the server that the client has gone, after all that it said', async () => {
    const client = await open();
    await ask(client, 'a');
    const gone = once(accepted[0]!, 'close');
    const heard = once(accepted[0]!, 'data');
    client.end('last words');
    expect(String((await heard)[0])).toBe('last words');
    await gone;
  });

  it('keeps the order of what it delays, also when the delay becomes shorter', async () => {
    const client = await open();
    await ask(client, 'a');
    const heard: string[] = [];
    client.on('data', (bytes) => heard.push(bytes.toString()));
    proxy.delayMs = 60;
    const begun = performance.now();
    client.write('first');
    await once(accepted[0]!, 'data');
    proxy.delayMs = 0;
    client.write('second');
    while (!heard.join('').includes('SECOND')) await once(client, 'data');
    expect(heard.join('')).toBe('FIRSTSECOND');
    expect(performance.now() - begun).toBeGreaterThanOrEqual(100);
  });

  it('as a black hole says nothing to either side, and resets what was in it when it heals', async () => {
    const before = await open();
    await ask(before, 'a');
    const heard: Buffer[] = [];
    accepted[0]!.on('data', (bytes) => heard.push(bytes));
    proxy.blackHole();
    const within = await open();
    within.write('lost');
    before.write('lost');
    const ended = Promise.all([closed(before), closed(within)]);
    // Past the proxy: after so many answers what went through it would long have been heard.
    const direct = connect(proxy.target.port, '127.0.0.1');
    clients.push(direct);
    for (let n = 0; n < 20; n += 1) await ask(direct, 'a');
    proxy.heal();
    await ended;
    expect(heard).toEqual([]);
    expect(await ask(await open(), 'again')).toBe('AGAIN');
  });

  it('ends what is open and lets new connections through when dropped', async () => {
    const client = await open();
    const ended = closed(client);
    proxy.drop();
    await ended;
    expect(await ask(await open(), 'again')).toBe('AGAIN');
  });

  it('leads new connections to another target when it is told', async () => {
    const other = createServer((socket) => {
      accepted.push(socket);
      socket.end('other');
    });
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    proxy.target = { host: '127.0.0.1', port: (other.address() as AddressInfo).port };
    const client = await open();
    expect(String((await once(client, 'data'))[0])).toBe('other');
    other.close();
  });

  it('lets new connections through beside those that fell silent', async () => {
    const before = await open();
    await ask(before, 'a');
    const heard: Buffer[] = [];
    before.on('data', (bytes) => heard.push(bytes));
    proxy.silence();
    before.write('lost');
    const after = await open();
    for (let n = 0; n < 20; n += 1) expect(await ask(after, 'again')).toBe('AGAIN');
    expect(heard).toEqual([]);
  });

  it('is at the same address again when it is reopened', async () => {
    await proxy.close();
    await proxy.reopen();
    expect(await ask(await open(), 'again')).toBe('AGAIN');
  });

  it('refuses connections once it is closed', async () => {
    const { port } = proxy;
    await proxy.close();
    const refused = connect(port, '127.0.0.1');
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });
});
