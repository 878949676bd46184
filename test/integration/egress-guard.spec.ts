import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer as createTlsServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { SystemClock } from '#core';
import type { TargetPolicy } from '#core';
import { Egress } from '#egress';
import type { AddressGuard } from '#egress';
import { testGuard } from '#testing';
import { NameServer } from '../dns/name-server.js';
import { issueCertificate } from './egress/certificates.js';
import { answered, failed, post } from './egress/post.js';
import { OK, startTcpServer, type TcpServer } from './egress/tcp-server.js';

/** Stands for a public address: opened. */
const OPEN = '127.0.0.2';
/** The addresses nothing may come to, on the same port as the receiver at the open one. */
const FORBIDDEN = ['127.0.0.1', '127.0.0.3', '::1'];
const CONNECT_TIMEOUT_MS = 600;

const authority = issueCertificate({ hosts: [] });

describe('the address guard', () => {
  let names: NameServer;
  let receiver: TcpServer;
  const forbidden: TcpServer[] = [];
  let guard: AddressGuard;
  let egress: Egress;
  let answer = OK;

  beforeAll(async () => {
    names = await NameServer.start();
    receiver = await startTcpServer(
      (socket) => socket.write(answer),
      () => undefined,
      { host: OPEN, port: 0 },
    );
    for (const host of FORBIDDEN) {
      const { port } = receiver;
      forbidden.push(
        await startTcpServer(
          (socket) => socket.write(OK),
          () => undefined,
          { host, port },
        ),
      );
    }
  });
  afterAll(async () => {
    await Promise.all([names.stop(), receiver.close(), ...forbidden.map((server) => server.close())]);
  });

  beforeEach(() => {
    answer = OK;
    guard = testGuard({ EGRESS_ALLOW_CIDRS: `${OPEN}/32`, EGRESS_DNS_SERVERS: names.address });
    egress = new Egress({ clock: new SystemClock(), guard, certificateAuthorities: [authority.cert] });
  });
  afterEach(async () => {
    await egress.close({ graceMs: 0 });
    guard.close();
  });

  /** Whatever a test tried: nobody came. */
  afterAll(() => {
    expect(forbidden.map((server) => server.accepted())).toEqual(FORBIDDEN.map(() => 0));
  });

  const at = (host: string): string => `http://${host}:${String(receiver.port)}/in`;
  const closing = (): void => {
    answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok';
  };
  const codeAt = async (host: string): Promise<string> => failed(await post(egress, at(host))).error;

  describe('of an address in the URL', () => {
    it('lets it through when it is allowed', async () => {
      answered(await post(egress, at(OPEN)));
    });

    it.each([
      '127.0.0.1',
      '127.0.0.3',
      '0.0.0.0',
      '2130706433',
      '0x7f.1',
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:3]',
      '10.0.0.1',
      '169.254.169.254',
      '[64:ff9b::7f00:1]',
      '[2002:7f00:1::]',
      '[fd00:ec2::254]',
    ])('refuses %s, though Node never asks a lookup about it', async (host) => {
      const result = failed(await post(egress, at(host)));
      expect(result.error).toBe('blocked_address');
      expect(result.detail).not.toBe('');
      expect(result.timings).toEqual({ dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null });
      expect(egress.stats()).toMatchObject({ inFlight: 0 });
    });

    it('refuses it for https too', async () => {
      const result = failed(await post(egress, `https://127.0.0.1:${String(receiver.port)}/`));
      expect(result.error).toBe('blocked_address');
    });
  });

  describe('of a name', () => {
    it('connects to the answer that it checked, and keeps the name in Host', async () => {
      names.has('good.example', { A: [OPEN] });
      const result = answered(await post(egress, at('good.example')));
      expect(result.timings.dnsMs).not.toBeNull();
      expect(receiver.received().toLowerCase()).toContain(`host: good.example:${String(receiver.port)}`);
    });

    it('keeps the name in the handshake and for the certificate', async () => {
      const shown: unknown[] = [];
      const server = createTlsServer(issueCertificate({ hosts: ['tls.example'], issuer: authority }), (socket) => {
        shown.push(socket.servername);
        socket.on('error', () => undefined).on('data', () => socket.write(OK));
      }).listen(0, OPEN);
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      names.has('tls.example', { A: [OPEN] });
      names.has('other.example', { A: [OPEN] });
      answered(await post(egress, `https://tls.example:${String(port)}/`));
      const other = await post(egress, `https://other.example:${String(port)}/`, { endpointId: 'other' });
      expect(failed(other).error).toBe('tls_wrong_host');
      expect(shown[0]).toBe('tls.example');
      await egress.close({ graceMs: 0 });
      server.close();
      await once(server, 'close');
    });

    it.each([
      ['a private address', { A: ['127.0.0.1'] }],
      ['an open and a private address', { A: [OPEN, '127.0.0.1'] }],
      ['an open address and AAAA ::1', { A: [OPEN], AAAA: ['::1'] }],
      ['an open address and an IPv4-mapped one', { A: [OPEN], AAAA: ['::ffff:127.0.0.1'] }],
      ['AAAA ::1 alone', { AAAA: ['::1'] }],
      ['0.0.0.0', { A: ['0.0.0.0'] }],
    ])('refuses one that has %s', async (_case, zone) => {
      names.has('mixed.example', zone);
      expect(await codeAt('mixed.example')).toBe('blocked_address');
    });

    it('refuses localhost without asking anybody, where loopback is not open', async () => {
      const before = names.asked.length;
      expect(await codeAt('localhost')).toBe('blocked_address');
      expect(await codeAt('a.localhost.')).toBe('blocked_address');
      expect(names.asked.length).toBe(before);
    });

    it('refuses one of a private network unless all its answers are open', async () => {
      names.has('box.internal', { A: [OPEN] });
      answered(await post(egress, at('box.internal')));
      names.has('box2.internal', { A: ['93.184.216.34'] });
      expect(await codeAt('box2.internal')).toBe('blocked_address');
    });

    it('asks again for every new connection: one that is rebound to a private address is refused', async () => {
      let address = OPEN;
      names.has('rebound.example', () => ({ A: [address] }));
      closing();
      answered(await post(egress, at('rebound.example')));
      address = '127.0.0.1';
      expect(await codeAt('rebound.example')).toBe('blocked_address');
      address = OPEN;
      answered(await post(egress, at('rebound.example')));
    });

    it('pins what it checked: an answer that changes between check and connection changes nothing', async () => {
      let asked = 0;
      names.has('flipping.example', (question) => ({
        A: [question === 'A' && asked++ === 0 ? OPEN : '127.0.0.1'],
      }));
      const before = names.asked.length;
      answered(await post(egress, at('flipping.example')));
      expect(names.asked.slice(before).sort()).toEqual(['A flipping.example', 'AAAA flipping.example']);
    });

    it('asks nobody for a request on a kept-alive connection', async () => {
      names.has('kept.example', { A: [OPEN] });
      answered(await post(egress, at('kept.example')));
      const before = names.asked.length;
      for (let n = 0; n < 5; n++) answered(await post(egress, at('kept.example')));
      expect(names.asked.length).toBe(before);
    });

    it('tries the other family when one does not answer', async () => {
      const dual = testGuard({ EGRESS_ALLOW_CIDRS: `${OPEN}/32,::1/128`, EGRESS_DNS_SERVERS: names.address });
      const server = await startTcpServer(
        (socket) => socket.write(OK),
        () => undefined,
        { host: OPEN, port: 0 },
      );
      const both = new Egress({ clock: new SystemClock(), guard: dual });
      names.has('dual.example', { A: [OPEN], AAAA: ['::1'] }); // nothing listens at ::1
      answered(await post(both, `http://dual.example:${String(server.port)}/`));
      await both.close();
      await server.close();
    });
  });

  describe('of a name that is not resolved', () => {
    it.each([
      ['does not exist', 'dns_not_found', null],
      ['has no address', 'dns_not_found', {}],
      ['the name server cannot tell', 'dns_failed', { fails: ['A', 'AAAA'] as const }],
      ['the name server cannot tell the half of', 'dns_failed', { fails: ['A'] as const }],
      ['is its own alias', 'dns_not_found', { cname: 'lost.example' }],
      [
        'has 500 addresses',
        'dns_failed',
        { A: Array.from({ length: 500 }, (_, n) => `127.0.${String(n >> 8)}.${String(n & 255)}`) },
      ],
    ])('one that %s fails with %s and is never taken for checked', async (_case, error, zone) => {
      if (zone !== null) names.has('lost.example', zone);
      const result = failed(await post(egress, at(zone === null ? 'absent.example' : 'lost.example')));
      expect(result.error).toBe(error);
      expect(result.timings.dnsMs).toBeNull();
    });

    it('goes to the answers of one family when the name server cannot tell the other', async () => {
      names.has('half.example', { A: [OPEN], fails: ['AAAA'] });
      answered(await post(egress, at('half.example')));
    });
  });

  describe('of a name whose server is silent', () => {
    beforeEach(async () => {
      await egress.close();
      egress = new Egress({ clock: new SystemClock(), guard, connectTimeoutMs: CONNECT_TIMEOUT_MS });
    });

    it('fails within the connect time-out when the name server is silent', async () => {
      names.has('silent.example', { silent: ['A', 'AAAA'] });
      const result = failed(await post(egress, at('silent.example')));
      expect(result.error).toBe('dns_timeout');
      expect(result.durationMs).toBeGreaterThanOrEqual(CONNECT_TIMEOUT_MS - 1);
      expect(result.durationMs).toBeLessThan(3 * CONNECT_TIMEOUT_MS);
    });

    it('holds up nobody else: a hundred names of a silent server occupy none of the process’s threads', async () => {
      names.has('quick.example', { A: [OPEN] });
      const hung = Array.from({ length: 100 }, (_, n) => {
        names.has(`hung${String(n)}.example`, { silent: ['A', 'AAAA'] });
        return post(egress, at(`hung${String(n)}.example`), { endpointId: `hung${String(n)}` });
      });
      const ended: string[] = [];
      await Promise.all([
        ...hung.map((result) => result.then(() => ended.push('hung'))),
        post(egress, at('quick.example'), { endpointId: 'quick' }).then(() => ended.push('quick')),
        readFile('package.json').then(() => ended.push('quick')),
      ]);
      expect(ended.slice(0, 2)).toEqual(['quick', 'quick']);
    });
  });

  describe('of an endpoint’s policy', () => {
    const LAX: TargetPolicy = { httpsOnly: false, allowedPorts: [] };
    let strict: Egress;

    beforeEach(() => {
      const closed = testGuard({ EGRESS_ALLOW_CIDRS: `${OPEN}/32`, EGRESS_ALLOW_PORTS: '' });
      strict = new Egress({ clock: new SystemClock(), guard: closed });
    });
    afterEach(() => strict.close());

    const send = (policy: TargetPolicy, endpointId = 'one') => post(strict, receiver.url, { endpointId, policy });

    it('refuses a port that neither the installation nor the tenant allows', async () => {
      expect(failed(await send(LAX)).error).toBe('blocked_address');
      answered(await send({ ...LAX, allowedPorts: [receiver.port] }));
    });

    it('never uses a connection again that was opened under another policy', async () => {
      const opened = { ...LAX, allowedPorts: [receiver.port] };
      const before = receiver.accepted();
      answered(await send(opened));
      answered(await send({ ...opened }));
      expect(receiver.accepted() - before).toBe(1);
      expect(failed(await send({ ...opened, httpsOnly: true })).error).toBe('blocked_address');
      expect(failed(await send(LAX)).error).toBe('blocked_address');
      answered(await send(opened));
      expect(receiver.accepted() - before).toBe(2);
    });

    it('never lends an endpoint the connection of another with a laxer policy', async () => {
      answered(await send({ ...LAX, allowedPorts: [receiver.port] }, 'lax'));
      expect(strict.stats().idle).toBe(1);
      expect(failed(await send(LAX, 'strict')).error).toBe('blocked_address');
    });
  });
});
