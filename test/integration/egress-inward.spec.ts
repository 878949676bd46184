import { promises as dns } from 'node:dns';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { SystemClock } from '#core';
import { TestEndpoint } from '#delivery';
import type { AddressGuard } from '#egress';
import { Egress } from '#egress';
import { describeEachBackend, startReceiver, testGuard, testServers } from '#testing';
import type { Receiver } from '#testing';
import { NameServer } from '../dns/name-server.js';
import { Fleet } from '../fleet/fleet.js';
import { answered, failed, post } from './egress/post.js';
import { TestProxy } from './egress/proxy.js';

/** The addresses by which others of its network reach this machine, if it has any that are not the public's. */
const PRIVATE = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .filter(({ internal }) => !internal)
  .map(({ address }) => address)
  .filter((address) => /^(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.|192\.0\.2\.|f[cd])/.test(address));
/** By the unspecified address, too, a machine reaches itself; opening the loopback, as every test does, does not open it. */
const INWARD = ['0.0.0.0', '::', ...PRIVATE];
const LAX = { httpsOnly: false, allowedPorts: [] };
const LOOPBACK = ['127.0.0.1', '127.9.9.9', '::1'];

/** Where nobody may come, whose listener fails the whole run if somebody did. */
const at = (host: string): string => `http://${isIP(host) === 6 ? `[${host}]` : host}:${String(tripwirePort())}/in`;
const tripwirePort = (): number => testServers().tripwirePort;
const zoneOf = (address: string) => (isIP(address) === 6 ? { AAAA: [address] } : { A: [address] });

describe('this machine, at a port that counts who comes', () => {
  let names: NameServer;
  let proxy: TestProxy;
  const opened: { egress: Egress; guard: AddressGuard }[] = [];

  beforeEach(async () => {
    names = await NameServer.start();
    proxy = await TestProxy.start();
  });
  afterEach(async () => {
    for (const { egress, guard } of opened.splice(0)) {
      await egress.close({ graceMs: 0 });
      guard.close();
    }
    await names.stop();
    await proxy.stop();
  });

  function open(env: Record<string, string> = {}, proxyUrl: string | null = null): Egress {
    const guard = testGuard({ EGRESS_DNS_SERVERS: names.address, ...env });
    const egress = new Egress({ clock: new SystemClock(), guard, proxyUrl });
    opened.push({ egress, guard });
    return egress;
  }
  const CLOSED = { EGRESS_ALLOW_CIDRS: '10.8.0.0/16' };

  describe.each([
    ['directly', false],
    ['through the egress proxy', true],
  ])('%s', (_way, proxied) => {
    const way = (): string | null => (proxied ? proxy.url() : null);
    afterEach(() => {
      expect(proxy.asked).toEqual([]);
    });

    it.each(INWARD)('is not reached at %s by those to whom the loopback is open', async (address) => {
      const egress = open({}, way());
      names.has('inward.example', zoneOf(address));
      names.has('mixed.example', {
        A: ['127.0.0.1', ...(isIP(address) === 4 ? [address] : [])],
        AAAA: isIP(address) === 6 ? [address] : [],
      });
      for (const host of [address, 'inward.example', 'mixed.example'])
        expect(failed(await post(egress, at(host), { endpointId: host })).error).toBe('blocked_address');
    });

    it.each([...INWARD, ...LOOPBACK])('is not reached at %s by anybody else', async (address) => {
      const egress = open(CLOSED, way());
      names.has('inward.example', zoneOf(address));
      for (const host of [address, 'inward.example', 'localhost'])
        expect(failed(await post(egress, at(host), { endpointId: host })).error).toBe('blocked_address');
    });
  });

  it('is not reached by a redirect', async () => {
    const receiver = await startReceiver();
    for (const status of [301, 302, 303, 307, 308]) {
      receiver.answer('/in', { status, headers: { location: at('127.0.0.1') } });
      expect(answered(await post(open(), receiver.url('/in'))).response.statusCode).toBe(status);
    }
    await receiver.close();
  });
});

describe("the platform's own servers", () => {
  const opened: AddressGuard[] = [];
  afterEach(() => {
    jest.restoreAllMocks();
    for (const guard of opened.splice(0)) guard.close();
  });
  const open = (env: Record<string, string>): AddressGuard => {
    const guard = testGuard(env);
    opened.push(guard);
    return guard;
  };
  const send = async (guard: AddressGuard, url: string): Promise<string> => {
    const egress = new Egress({ clock: new SystemClock(), guard });
    const { error } = failed(await post(egress, url));
    await egress.close();
    return error;
  };

  it.each([
    ['API_PORT', (port: string) => port],
    ['ADMIN_PORT', (port: string) => port],
    ['DISPATCHER_PORT', (port: string) => port],
    ['METRICS_PORT', (port: string) => port],
    ['REDIS_URL', (port: string) => `redis://localhost:${port}`],
    ['EGRESS_PROXY_URL', (port: string) => `http://127.0.0.1:${port}`],
    ['PUBLIC_URL', (port: string) => `http://localhost:${port}`],
  ])('are not reached where the loopback is open: %s', async (variable, value) => {
    const guard = open({ [variable]: value(String(tripwirePort())) });
    for (const host of LOOPBACK) expect(await send(guard, at(host))).toBe('blocked_address');
    expect(await send(guard, at('localhost'))).toBe('blocked_address');
  });

  it('are found by the addresses that their names have, and kept from while a name is not found', async () => {
    const lookup = jest.spyOn(dns, 'lookup') as unknown as jest.SpyInstance<Promise<{ address: string }[]>>;
    const guard = open({ EGRESS_ALLOW_CIDRS: '10.8.0.0/16', REDIS_URL: 'redis://cache.example:6379' });
    const judge = () => guard.judge({ protocol: 'http:', hostname: '10.8.0.7', port: 80 }, LAX);
    expect(judge().kind).toBe('address');
    lookup.mockResolvedValueOnce([{ address: '10.8.0.7' }]);
    await guard.learnOwnAddresses();
    expect(lookup.mock.calls).toEqual([['cache.example', { all: true }]]);
    expect(judge()).toMatchObject({ kind: 'refused', code: 'address_forbidden' });
    lookup.mockRejectedValueOnce(new Error('no name server'));
    await guard.learnOwnAddresses();
    expect(judge().kind).toBe('refused');
    expect(await send(guard, 'http://10.8.0.7/')).toBe('blocked_address');
  });
});

describeEachBackend('a dispatcher to whom the loopback is open', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await startReceiver();
    fleet = await Fleet.start(backend, { dispatchers: 1 });
  });
  afterAll(async () => {
    await fleet.stop();
    await receiver.close();
  });

  it.each(INWARD)('does not reach this machine at %s: neither with an event nor with a test', async (address) => {
    const { id, subscriberId } = await fleet.endpoint(at(address));
    await fleet.publishTo(subscriberId, 1);
    const wake = (ids: string[]): void => fleet.waker.wake(ids);
    const test = { type: 'a.test', payload: Buffer.from('{}') };
    await new TestEndpoint(fleet.database, wake).test(fleet.tenantId, id, test);
    const errors = await fleet.eventually<{ errors: string[] }>(
      `SELECT array_agg(a.error) AS errors FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
       WHERE d.endpoint_id = $1 AND a.number = 1 HAVING count(*) = 2`,
      [id],
    );
    expect(errors).toEqual([{ errors: ['blocked_address', 'blocked_address'] }]);
  });

  it('reaches what is open', async () => {
    const { subscriberId } = await fleet.endpoint(receiver.url('/open'));
    await fleet.publishTo(subscriberId, 1);
    await receiver.waitFor((r) => r.at('/open').length === 1);
  });
});
