import { addressKey, SystemClock } from '#core';
import { Egress } from '#egress';
import type { AddressGuard } from '#egress';
import { testGuard } from '#testing';
import { NameServer } from '../dns/name-server.js';
import { answered, post } from './egress/post.js';
import { TestProxy } from './egress/proxy.js';
import { OK, startTcpServer, type TcpServer } from './egress/tcp-server.js';

const HOME = '127.0.0.2';
const FULL = { kind: 'not_sent', reason: 'target_full' };
const nowhere = (): readonly string[] => [];

describe('whoever counts requests by address', () => {
  let names: NameServer;
  let receiver: TcpServer;
  let guard: AddressGuard;
  let egress: Egress;
  let response = OK;

  beforeEach(async () => {
    response = OK;
    names = await NameServer.start();
    receiver = await startTcpServer(
      (socket) => socket.write(response),
      () => undefined,
      { host: HOME, port: 0 },
    );
    guard = testGuard({ EGRESS_DNS_SERVERS: names.address });
    egress = new Egress({ clock: new SystemClock(), guard, connectTimeoutMs: 2_000 });
  });
  afterEach(async () => {
    await egress.close({ graceMs: 0 });
    guard.close();
    await Promise.all([names.stop(), receiver.close()]);
  });

  const at = (host: string): string => `http://${host}:${String(receiver.port)}/in`;

  it('is asked before a connection to an address is opened, and refusing costs no packet and no attempt', async () => {
    const asked: (readonly string[])[] = [];
    const mayConnect = (addresses: readonly string[]): readonly string[] => {
      asked.push(addresses);
      return [];
    };
    expect(await post(egress, at(HOME), { mayConnect })).toEqual(FULL);
    names.has('one.example', { A: [HOME, '127.0.0.3'] });
    expect(await post(egress, at('one.example'), { mayConnect })).toEqual(FULL);
    expect(asked).toEqual([[HOME], [HOME, '127.0.0.3']]);
    expect(receiver.accepted()).toBe(0);
    expect(egress.stats()).toMatchObject({ inFlight: 0 });
  });

  it('has connections opened to those addresses only that it names', async () => {
    const other = await startTcpServer(
      (socket) => socket.write(OK),
      () => undefined,
      { host: '127.0.0.3', port: receiver.port },
    );
    names.has('two.example', { A: ['127.0.0.3', HOME] });
    let key = '';
    const mayStart = (addressKey: string): boolean => {
      key = addressKey;
      return true;
    };
    answered(await post(egress, at('two.example'), { mayConnect: () => [HOME], mayStart }));
    expect([other.accepted(), receiver.accepted(), key]).toEqual([0, 1, addressKey(HOME)]);
    await other.close();
  });

  it('hears of a kept-alive connection where it leads to, and is not asked for another', async () => {
    names.has('kept.example', { A: [HOME] });
    answered(await post(egress, at('kept.example')));
    names.has('kept.example', { A: ['127.0.0.3'] });
    const keys: string[] = [];
    const mayStart = (key: string): boolean => keys.push(key) > 0;
    answered(await post(egress, at('kept.example'), { mayConnect: nowhere, mayStart }));
    expect(keys).toEqual([HOME]);
    expect(receiver.accepted()).toBe(1);
  });

  it('is asked again when a kept-alive connection turns out to be dead', async () => {
    response = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok';
    answered(await post(egress, at(HOME)));
    expect(await post(egress, at(HOME), { mayConnect: nowhere })).toEqual(FULL);
    expect(receiver.accepted()).toBe(1);
  });

  it('hears of the receiver’s address through a proxy, not of the proxy’s, and the proxy is not asked when it refuses', async () => {
    const proxy = await TestProxy.start();
    const proxied = new Egress({ clock: new SystemClock(), guard, proxyUrl: proxy.url() });
    names.has('far.example', { A: [HOME] });
    const keys: string[] = [];
    const mayStart = (key: string): boolean => keys.push(key) > 0;
    expect(await post(proxied, at('far.example'), { mayConnect: nowhere, mayStart })).toEqual(FULL);
    expect(proxy.asked).toEqual([]);
    answered(await post(proxied, at('far.example'), { mayStart }));
    answered(await post(proxied, at('far.example'), { mayConnect: nowhere, mayStart }));
    expect(keys).toEqual([HOME, HOME]);
    await proxied.close({ graceMs: 0 });
    await proxy.stop();
  });
});
