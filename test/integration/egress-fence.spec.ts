import { SystemClock } from '#core';
import { Egress } from '#egress';
import { testGuard } from '#testing';
import { answered, post } from './egress/post.js';
import { OK, startTcpServer, type TcpServer } from './egress/tcp-server.js';

describe('the fence', () => {
  let server: TcpServer;
  let egress: Egress;
  const held: (() => void)[] = [];

  beforeEach(async () => {
    held.length = 0;
    egress = new Egress({ clock: new SystemClock(), guard: testGuard(), maxSockets: 2 });
    server = await startTcpServer((socket) => {
      if (server.received().includes('x-hold')) held.push(() => socket.write(OK));
      else socket.write(OK);
    });
  });
  afterEach(async () => {
    await egress.close({ graceMs: 0 });
    await server.close();
  });

  const fenced = { kind: 'not_sent', reason: 'fenced' };

  it('writes no byte on a new connection, and the next attempt uses that connection', async () => {
    expect(await post(egress, server.url, { mayStart: () => false })).toEqual(fenced);
    await server.until(() => server.accepted() === 1);
    expect(server.received()).toBe('');

    answered(await post(egress, server.url));
    expect(server.accepted()).toBe(1);
    expect(server.received().match(/POST /g)).toHaveLength(1);
  });

  it('writes no byte on a kept-alive connection, which stays usable', async () => {
    answered(await post(egress, server.url));
    const before = server.received();
    for (let n = 0; n < 20; n++) expect(await post(egress, server.url, { mayStart: () => false })).toEqual(fenced);
    expect(server.received()).toBe(before);
    expect(egress.stats()).toMatchObject({ sockets: 1, idle: 1, inFlight: 0 });

    answered(await post(egress, server.url));
    expect(server.accepted()).toBe(1);
  });

  it('is asked only once the connection stands', async () => {
    let openWhenAsked = -1;
    await post(egress, server.url, {
      mayStart: () => {
        openWhenAsked = egress.stats().sockets;
        return true;
      },
    });
    expect(openWhenAsked).toBe(1);
  });

  it('is asked after the wait for a socket, not before', async () => {
    const hold = { headers: { 'x-hold': '1' } };
    const busy = [post(egress, server.url, hold), post(egress, server.url, hold)];
    await server.until(() => held.length === 2);

    let allowed = true;
    const waiting = post(egress, server.url, { mayStart: () => allowed });
    expect(egress.stats().waiting).toBe(1);
    allowed = false;
    const before = server.received();
    for (const release of held) release();

    expect(await waiting).toEqual(fenced);
    await Promise.all(busy);
    expect(server.received()).toBe(before);
  });

  it('hands its connection to the next in line', async () => {
    const hold = { headers: { 'x-hold': '1' } };
    const busy = [post(egress, server.url, hold), post(egress, server.url, hold)];
    await server.until(() => held.length === 2);
    const waiting = [false, false, true].map((allowed) =>
      post(egress, server.url, { ...hold, mayStart: () => allowed }),
    );
    for (const release of held.splice(0)) release();
    expect(await waiting[0]).toEqual(fenced);
    expect(await waiting[1]).toEqual(fenced);
    await server.until(() => held.length === 1);
    held[0]?.();
    answered(await waiting[2]!);
    await Promise.all(busy);
    expect(server.accepted()).toBe(2);
  });

  it('rejects when asking fails, without having written a byte', async () => {
    const fault = new Error('our own fault');
    const mayStart = (): never => {
      throw fault;
    };
    await expect(post(egress, server.url, { mayStart })).rejects.toBe(fault);
    expect(server.received()).toBe('');
    expect(egress.stats().inFlight).toBe(0);
    answered(await post(egress, server.url));
  });
});
