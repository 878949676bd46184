import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { SystemClock } from '#core';
import { Egress } from '#egress';
import type { AddressGuard } from '#egress';
import { describeEachBackend, startReceiver, testGuard } from '#testing';
import type { Receiver } from '#testing';
import { NameServer } from '../dns/name-server.js';
import { Fleet } from '../fleet/fleet.js';
import { issueCertificate } from './egress/certificates.js';
import { answered, failed, post } from './egress/post.js';
import { TestProxy } from './egress/proxy.js';
import { OK, startTcpServer, type TcpServer } from './egress/tcp-server.js';

const OPEN = '127.0.0.2';
const authority = issueCertificate({ hosts: [] });

describe('through the egress proxy', () => {
  let names: NameServer;
  let proxy: TestProxy;
  let receiver: TcpServer;
  let guard: AddressGuard;
  let egress: Egress;

  const open = (proxyUrl: string): void => {
    egress = new Egress({
      clock: new SystemClock(),
      guard,
      proxyUrl,
      connectTimeoutMs: 500,
      certificateAuthorities: [authority.cert],
    });
  };

  beforeEach(async () => {
    names = await NameServer.start();
    proxy = await TestProxy.start();
    receiver = await startTcpServer(
      (socket) => socket.write(OK),
      () => undefined,
      { host: OPEN, port: 0 },
    );
    guard = testGuard({ EGRESS_ALLOW_CIDRS: `${OPEN}/32`, EGRESS_DNS_SERVERS: names.address });
    names.has('good.example', { A: [OPEN] });
    open(proxy.url());
  });
  afterEach(async () => {
    await egress.close({ graceMs: 0 });
    guard.close();
    await Promise.all([names.stop(), proxy.stop(), receiver.close()]);
  });

  const named = (scheme = 'http', port = receiver.port): string => `${scheme}://good.example:${String(port)}/in`;

  it('asks for the address that was checked, not for the name, and keeps the tunnel', async () => {
    for (let n = 0; n < 3; n++) answered(await post(egress, named()));
    expect(proxy.asked).toEqual([{ authority: `${OPEN}:${String(receiver.port)}`, authorization: undefined }]);
    expect(receiver.received().toLowerCase()).toContain('host: good.example');
  });

  it('shows its credentials to the proxy, and to nobody else', async () => {
    await egress.close();
    open(proxy.url('us%40er:p%3Ass@'));
    answered(await post(egress, named()));
    const expected = `Basic ${Buffer.from('us@er:p:ss').toString('base64')}`;
    expect(proxy.asked[0]?.authorization).toBe(expected);
    expect(receiver.received().toLowerCase()).not.toContain('authorization');
  });

  it('speaks TLS with the receiver inside the tunnel, under the name in the URL', async () => {
    const shown: unknown[] = [];
    const server = createTlsServer(issueCertificate({ hosts: ['good.example'], issuer: authority }), (socket) => {
      shown.push(socket.servername);
      socket.on('error', () => undefined).on('data', () => socket.write(OK));
    }).listen(0, OPEN);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const result = answered(await post(egress, named('https', port)));
    expect(result.timings).toEqual({
      dnsMs: expect.any(Number),
      connectMs: expect.any(Number),
      tlsMs: expect.any(Number),
      firstByteMs: expect.any(Number),
    });
    answered(await post(egress, named('https', port)));
    names.has('wrong.example', { A: [OPEN] });
    const wrong = failed(await post(egress, `https://wrong.example:${String(port)}/`, { endpointId: 'wrong' }));
    expect(wrong.error).toBe('tls_wrong_host');
    expect(shown[0]).toBe('good.example');
    expect(proxy.asked).toHaveLength(2);
    await egress.close({ graceMs: 0 });
    server.close();
    await once(server, 'close');
  });

  it.each(['http://127.0.0.1:80/', 'http://inward.example/', 'http://localhost/'])(
    'asks it for no address that the guard refuses: %s',
    async (url) => {
      names.has('inward.example', { A: [OPEN, '127.0.0.1'] });
      expect(failed(await post(egress, url)).error).toBe('blocked_address');
      expect(proxy.asked).toEqual([]);
    },
  );

  it('fails with the class of the name server’s failure', async () => {
    expect(failed(await post(egress, 'http://absent.example/')).error).toBe('dns_not_found');
    expect(proxy.asked).toEqual([]);
  });

  it.each([403, 407, 500, 503])('takes a refusal (%i) for our own fault: there is no attempt', async (status) => {
    proxy.status = status;
    await expect(post(egress, named())).rejects.toThrow(String(status));
    expect(egress.stats()).toMatchObject({ inFlight: 0 });
    expect(receiver.accepted()).toBe(0);
  });

  it('takes a proxy that is not there for our own fault, and does not show its URL', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, 'close');
    await egress.close();
    open(`http://user:password@127.0.0.1:${String(port)}`);
    const error: unknown = await post(egress, named()).catch((reason: unknown) => reason);
    expect(String(error)).toContain('egress proxy');
    expect(String(error)).not.toContain('password');
  });

  it('takes a gateway’s answer for the receiver’s failure', async () => {
    proxy.status = 502;
    expect(failed(await post(egress, named())).error).toBe('connect_failed');
    proxy.status = 504;
    expect(failed(await post(egress, named())).error).toBe('connect_timeout');
  });

  it('gives up on a tunnel that is never opened, within the connect time-out', async () => {
    proxy.status = null;
    const result = failed(await post(egress, named()));
    expect(result).toMatchObject({ error: 'connect_timeout', timings: { connectMs: null } });
    expect(result.durationMs).toBeLessThan(2000);
  });
});

describeEachBackend('a dispatcher behind an egress proxy', (backend) => {
  let proxy: TestProxy;
  let receiver: Receiver;
  let fleet: Fleet;

  beforeEach(async () => {
    proxy = await TestProxy.start();
    receiver = await startReceiver();
    fleet = await Fleet.start(backend, { dispatchers: 1, env: { EGRESS_PROXY_URL: proxy.url() } });
  });
  afterEach(async () => {
    await fleet.stop();
    await receiver.close();
    await proxy.stop();
  });

  it('waits out a proxy that refuses: no attempt, no loss, no spinning, and then it delivers', async () => {
    proxy.status = 403;
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/in'));
    await fleet.publishTo(subscriberId, 3);

    const released = `SELECT flow FROM lanes WHERE endpoint_id = $1 AND lease_until IS NULL
                      AND wake_at > clock_timestamp() + interval '10 seconds'`;
    const [lane] = await fleet.eventually<{ flow: object | null }>(released, [id]);
    const rows = await fleet.database.query(
      `SELECT state::text, attempts FROM deliveries UNION ALL SELECT 'attempt', number FROM attempts`,
    );
    expect(rows).toEqual(Array.from({ length: 3 }, () => ({ state: 'pending', attempts: 0 })));
    expect(lane?.flow ?? {}).not.toHaveProperty('lossStreak');
    expect(proxy.asked.length).toBeLessThanOrEqual(3);
    expect(fleet.errors.map(({ message }) => message)).toContain('the egress proxy refuses to connect: 403');

    proxy.status = 200;
    await fleet.database.query('UPDATE lanes SET wake_at = clock_timestamp() WHERE endpoint_id = $1', [id]);
    expect(await fleet.settled()).toEqual({ delivered: 3 });
    expect(receiver.requests.map(({ headers }) => headers['posthorn-attempt'])).toEqual(['1', '1', '1']);
  });
});
