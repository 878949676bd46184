import type { Socket } from 'node:net';
import { SystemClock } from '#core';
import { Egress, type EgressOptions } from '#egress';
import { testGuard } from '#testing';
import { answered, failed, post } from './egress/post.js';
import { OK, startTcpServer, type TcpServer } from './egress/tcp-server.js';

describe('connections', () => {
  let server: TcpServer;
  let egress: Egress;
  let reply: (socket: Socket, n: number) => void;
  /** The most sockets that were open when one was accepted. The server itself learns of a close too late to count. */
  let maxSockets: number;
  const held: Socket[] = [];
  const hold = (socket: Socket): void => {
    held.push(socket);
  };
  const releaseAll = (): void => {
    for (const socket of held.splice(0)) socket.write(OK);
  };
  const start = (options: Partial<EgressOptions> = {}): void => {
    egress = new Egress({ clock: new SystemClock(), guard: testGuard(), ...options });
  };

  beforeEach(async () => {
    held.length = 0;
    reply = (socket) => socket.write(OK);
    maxSockets = 0;
    server = await startTcpServer(
      (socket, n) => {
        reply(socket, n);
      },
      () => {
        maxSockets = Math.max(maxSockets, egress.stats().sockets);
      },
    );
  });
  afterEach(async () => {
    await egress.close({ graceMs: 0 });
    await server.close();
  });

  it('are kept alive and used again', async () => {
    start();
    for (let n = 0; n < 20; n++) answered(await post(egress, server.url));
    expect(server.accepted()).toBe(1);
    expect(egress.stats()).toEqual({ sockets: 1, idle: 1, inFlight: 0, waiting: 0, endpoints: 1 });
  });

  it('are as many as there are attempts at the same time, and then used again', async () => {
    start();
    reply = hold;
    const first = Array.from({ length: 10 }, () => post(egress, server.url));
    await server.until(() => held.length === 10);
    expect(egress.stats()).toMatchObject({ sockets: 10, idle: 0, inFlight: 10 });
    releaseAll();
    await Promise.all(first);
    const second = Array.from({ length: 10 }, () => post(egress, server.url));
    await server.until(() => held.length === 10);
    releaseAll();
    await Promise.all(second);
    expect(server.accepted()).toBe(10);
  });

  it('belong to one endpoint each, even at the same origin', async () => {
    start();
    for (const endpointId of ['a', 'b', 'a', 'b']) answered(await post(egress, server.url, { endpointId }));
    expect(server.accepted()).toBe(2);
    expect(egress.stats()).toMatchObject({ sockets: 2, endpoints: 2 });
  });

  it('stay when the path changes, and end when the origin changes', async () => {
    start();
    answered(await post(egress, server.url));
    answered(await post(egress, `${server.url}/other?x=1`));
    expect(server.accepted()).toBe(1);
    expect(server.received()).toContain('POST /in/other?x=1 HTTP/1.1');

    answered(await post(egress, server.url.replace('127.0.0.1', 'localhost')));
    await server.until(() => server.open() === 1);
    expect(server.accepted()).toBe(2);
    expect(egress.stats()).toMatchObject({ sockets: 1, endpoints: 1 });
  });

  it('to an old origin end when their answer has come', async () => {
    start();
    reply = hold;
    const slow = post(egress, server.url);
    await server.until(() => held.length === 1);
    const next = post(egress, server.url.replace('127.0.0.1', 'localhost'));
    await server.until(() => held.length === 2);
    releaseAll();
    await Promise.all([slow, next]);
    await server.until(() => server.open() === 1);
    expect(egress.stats()).toMatchObject({ sockets: 1, idle: 1, endpoints: 1 });
  });

  it('are not used again when the receiver announces to close', async () => {
    start();
    reply = (socket) => socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok');
    for (let n = 0; n < 3; n++) answered(await post(egress, server.url));
    expect(server.accepted()).toBe(3);
    await server.until(() => server.open() === 0);
  });

  it('that the receiver closed while idle cost no attempt', async () => {
    start();
    let last: Socket | undefined;
    reply = (socket) => {
      last = socket;
      socket.write(OK);
    };
    for (let n = 0; n < 5; n++) {
      answered(await post(egress, server.url));
      last?.end();
      await server.until(() => server.open() === 0);
    }
    expect(server.received().match(/POST /g)).toHaveLength(5);
  });

  it('that the receiver reset while idle cost no attempt', async () => {
    start();
    let last: Socket | undefined;
    reply = (socket) => {
      last = socket;
      socket.write(OK);
    };
    for (let n = 0; n < 5; n++) {
      answered(await post(egress, server.url));
      last?.resetAndDestroy();
      await server.until(() => server.open() === 0);
    }
    expect(server.received().match(/POST /g)).toHaveLength(5);
  });

  it.each([
    ['closes', (socket: Socket) => socket.end(), 'protocol_closed'],
    ['resets', (socket: Socket) => socket.resetAndDestroy(), 'protocol_reset'],
  ])(
    'that the receiver %s on the second request fail that attempt: it is not silently sent again',
    async (_case, end, error) => {
      start();
      reply = (socket, n) => {
        if (n === 0) socket.write(OK);
        else end(socket);
      };
      answered(await post(egress, server.url));
      expect(failed(await post(egress, server.url)).error).toBe(error);
      expect(server.received().match(/POST /g)).toHaveLength(2);
      expect(server.accepted()).toBe(1);
    },
  );

  it('end when they were idle for long enough, or for as long as the receiver announces', async () => {
    start({ idleTimeoutMs: 50 });
    answered(await post(egress, server.url));
    await server.until(() => server.open() === 0);

    await egress.close();
    start();
    reply = (socket) => socket.write('HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: 2\r\n\r\nok');
    answered(await post(egress, server.url));
    await server.until(() => server.open() === 0);
    expect(egress.stats()).toEqual({ sockets: 0, idle: 0, inFlight: 0, waiting: 0, endpoints: 0 });
  });

  it('are bounded in total; who waits is served in order', async () => {
    start({ maxSockets: 2 });
    reply = hold;
    const order: number[] = [];
    const all = Array.from({ length: 6 }, (_, n) =>
      post(egress, server.url, { endpointId: `e${String(n)}` }).then((result) => {
        answered(result);
        order.push(n);
      }),
    );
    for (let n = 0; n < 6; n += 2) {
      await server.until(() => held.length === 2);
      expect(egress.stats()).toMatchObject({ sockets: 2, inFlight: 6 - n, waiting: 4 - n });
      releaseAll();
    }
    await Promise.all(all);
    expect(order.map((n) => n >> 1)).toEqual([0, 0, 1, 1, 2, 2]);
    expect(maxSockets).toBe(2);
    expect(server.accepted()).toBe(6);
  });

  it('make room for others: the least recently used idle one first', async () => {
    start({ maxSockets: 3 });
    const local = new Map<string, number | undefined>();
    for (const endpointId of ['a', 'b', 'c', 'a']) {
      reply = (socket) => {
        local.set(endpointId, socket.remotePort);
        socket.write(OK);
      };
      answered(await post(egress, server.url, { endpointId }));
    }
    const before = new Map(local);
    reply = (socket) => socket.write(OK);
    answered(await post(egress, server.url, { endpointId: 'd' })); // closes b's
    expect(server.accepted()).toBe(4);
    for (const endpointId of ['a', 'c']) {
      reply = (socket) => {
        local.set(endpointId, socket.remotePort);
        socket.write(OK);
      };
      answered(await post(egress, server.url, { endpointId }));
    }
    expect(local).toEqual(before);
    expect(server.accepted()).toBe(4);
    expect(maxSockets).toBe(3);
  });

  it('that all hang leave others waiting no longer than their time-out, and the attempt uncounted', async () => {
    start({ maxSockets: 1 });
    reply = hold;
    const hung = post(egress, server.url, { endpointId: 'hung' });
    await server.until(() => held.length === 1);
    const waiting = await post(egress, server.url, { endpointId: 'other', timeoutMs: 100 });
    expect(waiting).toEqual({ kind: 'not_sent', reason: 'no_socket' });
    expect(egress.stats()).toMatchObject({ waiting: 0, inFlight: 1, endpoints: 1 });
    releaseAll();
    answered(await hung);
  });

  it('of a failed attempt are never used again', async () => {
    start();
    reply = () => undefined;
    expect(failed(await post(egress, server.url, { timeoutMs: 50 })).error).toBe('response_timeout');
    await server.until(() => server.open() === 0);
    reply = (socket) => socket.write(OK);
    answered(await post(egress, server.url));
    expect(server.accepted()).toBe(2);
  });

  it('survive thousands of attempts over more endpoints than sockets', async () => {
    start({ maxSockets: 20 });
    let n = 0;
    const worker = async (): Promise<void> => {
      while (n < 3000) {
        n += 1;
        answered(await post(egress, server.url, { endpointId: `e${String((n * 7) % 60)}` }));
      }
    };
    await Promise.all(Array.from({ length: 40 }, worker));
    expect(maxSockets).toBe(20);
    expect(egress.stats()).toMatchObject({ inFlight: 0, waiting: 0 });
    expect(egress.stats().sockets).toBe(egress.stats().idle);
  });
});

describe('closing', () => {
  let server: TcpServer;
  const held: Socket[] = [];

  beforeEach(async () => {
    held.length = 0;
    server = await startTcpServer((socket) => held.push(socket));
  });
  afterEach(async () => {
    await server.close();
  });

  it('waits for what is in flight, sends nothing more, and leaves no socket', async () => {
    const egress = new Egress({ clock: new SystemClock(), guard: testGuard(), maxSockets: 1 });
    const inFlight = post(egress, server.url);
    await server.until(() => held.length === 1);
    const waiting = post(egress, server.url, { endpointId: 'other' });

    const closed = egress.close();
    expect(await waiting).toEqual({ kind: 'not_sent', reason: 'shutdown' });
    expect(await post(egress, server.url)).toEqual({ kind: 'not_sent', reason: 'shutdown' });
    held[0]?.write(OK);
    answered(await inFlight);
    await closed;
    await server.until(() => server.open() === 0);
    expect(egress.stats()).toEqual({ sockets: 0, idle: 0, inFlight: 0, waiting: 0, endpoints: 0 });
    await egress.close();
  });

  it('cuts off what is in flight after the grace', async () => {
    const egress = new Egress({ clock: new SystemClock(), guard: testGuard() });
    const inFlight = post(egress, server.url);
    await server.until(() => held.length === 1);
    await egress.close({ graceMs: 20 });
    expect(await inFlight).toEqual({ kind: 'not_sent', reason: 'shutdown' });
    await server.until(() => server.open() === 0);
  });

  it('takes no time when nothing was ever sent', async () => {
    await new Egress({ clock: new SystemClock(), guard: testGuard() }).close();
  });
});
