import { once } from 'node:events';
import { execFile } from 'node:child_process';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { childEnvironment } from '#config';
import { SystemClock } from '#core';
import { Egress } from '#egress';
import { testGuard } from '#testing';
import { issueCertificate } from './egress/certificates.js';
import { FullListener } from './egress/full-listener.js';
import { answered, failed, post } from './egress/post.js';
import { OK } from './egress/tcp-server.js';

const run = promisify(execFile);
const DAY_MS = 24 * 60 * 60 * 1000;
const authority = issueCertificate({ hosts: [] });
const stranger = issueCertificate({ hosts: [] });

describe('connecting', () => {
  let egress: Egress;
  const servers: Server[] = [];
  const sockets = new Set<Socket>();

  beforeEach(() => {
    egress = new Egress({
      clock: new SystemClock(),
      guard: testGuard(),
      connectTimeoutMs: 200,
      certificateAuthorities: [authority.cert],
    });
  });
  afterEach(async () => {
    await egress.close({ graceMs: 0 });
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    for (const server of servers.splice(0)) {
      server.close();
      if (server.listening) await once(server, 'close');
    }
  });

  async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
    servers.push(server);
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
    });
    server.listen(0, host);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  /** What came over TLS, decrypted. */
  let received = '';

  /** Answers OK to each request over TLS. */
  async function listenTls(
    options: TlsOptions,
    onSecure: (socket: TLSSocket) => void = () => undefined,
  ): Promise<number> {
    received = '';
    const server = createTlsServer(options, (socket) => {
      socket
        .on('error', () => undefined)
        .on('data', (chunk: Buffer) => {
          received += chunk.toString('latin1');
          socket.write(OK);
        });
      onSecure(socket);
    });
    server.on('tlsClientError', () => undefined);
    return listen(server);
  }

  /** Until no connection is left: whatever was sent has been read. */
  async function allClosed(): Promise<void> {
    await Promise.all([...sockets].filter(({ closed }) => !closed).map((socket) => once(socket, 'close')));
  }

  describe('over TLS', () => {
    it('works with a certificate for the host, and names the host in the handshake', async () => {
      const names: unknown[] = [];
      const port = await listenTls(issueCertificate({ hosts: ['localhost'], issuer: authority }), (socket) =>
        names.push(socket.servername, socket.getProtocol()),
      );
      const result = answered(await post(egress, `https://localhost:${String(port)}/`));
      expect(received).toMatch(/^POST \/ HTTP\/1\.1\r\n[^]*\{\}$/);
      expect(result.timings).toEqual({
        dnsMs: expect.any(Number),
        connectMs: expect.any(Number),
        tlsMs: expect.any(Number),
        firstByteMs: expect.any(Number),
      });
      expect(names).toEqual(['localhost', 'TLSv1.3']);
    });

    it('works with a certificate for an address, which is not named in the handshake', async () => {
      const names: unknown[] = [];
      const port = await listenTls(issueCertificate({ hosts: ['127.0.0.1'], issuer: authority }), (socket) =>
        names.push(socket.servername),
      );
      const result = answered(await post(egress, `https://127.0.0.1:${String(port)}/`));
      expect(result.timings).toMatchObject({ dnsMs: null, tlsMs: expect.any(Number) });
      expect(names).toEqual([false]);
    });

    it('resumes the session on the next connection, another endpoint’s too', async () => {
      const resumed: boolean[] = [];
      const port = await listenTls(issueCertificate({ hosts: ['localhost'], issuer: authority }), (socket) =>
        resumed.push(socket.isSessionReused()),
      );
      for (const endpointId of ['a', 'b', 'c'])
        answered(await post(egress, `https://localhost:${String(port)}/`, { endpointId }));
      expect(resumed).toEqual([false, true, true]);
    });

    it('keeps connections alive', async () => {
      let connections = 0;
      const port = await listenTls(
        issueCertificate({ hosts: ['localhost'], issuer: authority }),
        () => (connections += 1),
      );
      for (let n = 0; n < 5; n++) answered(await post(egress, `https://localhost:${String(port)}/`));
      expect(connections).toBe(1);
    });

    it('speaks TLS 1.2 when the receiver has nothing newer', async () => {
      const port = await listenTls({
        ...issueCertificate({ hosts: ['localhost'], issuer: authority }),
        maxVersion: 'TLSv1.2',
      });
      answered(await post(egress, `https://localhost:${String(port)}/`));
    });

    const valid = { hosts: ['localhost'], issuer: authority };
    it.each<[string, string, TlsOptions]>([
      [
        'an expired certificate',
        'tls_expired',
        issueCertificate({ ...valid, notAfter: new Date(Date.now() - DAY_MS) }),
      ],
      [
        'one that is not valid yet',
        'tls_expired',
        issueCertificate({ ...valid, notBefore: new Date(Date.now() + DAY_MS) }),
      ],
      ['a self-signed certificate', 'tls_self_signed', issueCertificate({ hosts: ['localhost'] })],
      ['one for another host', 'tls_wrong_host', issueCertificate({ hosts: ['other.example'], issuer: authority })],
      ['one for an address', 'tls_wrong_host', issueCertificate({ hosts: ['127.0.0.1'], issuer: authority })],
      ['one of an unknown authority', 'tls_untrusted', issueCertificate({ hosts: ['localhost'], issuer: stranger })],
      ['a certificate that signs itself an authority', 'tls_self_signed', { ...stranger }],
      ...(['TLSv1', 'TLSv1.1'] as const).map((version): [string, string, TlsOptions] => [
        `nothing but ${version.replace('v', ' ')}`,
        'tls_version',
        { ...issueCertificate(valid), minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' },
      ]),
      [
        'no cipher in common',
        'tls_failed',
        { ...issueCertificate(valid), maxVersion: 'TLSv1.2', ciphers: 'PSK-AES128-CBC-SHA' },
      ],
    ])('refuses %s: %s, and sends not a byte of the webhook', async (_case, error, options) => {
      const port = await listenTls(options);
      const result = failed(await post(egress, `https://localhost:${String(port)}/`));
      expect(result.error).toBe(error);
      expect(result.detail).not.toBe('');
      expect(result.timings).toMatchObject({ tlsMs: null, firstByteMs: null });
      await allClosed();
      expect(received).toBe('');
      expect(egress.stats()).toMatchObject({ inFlight: 0 });
    });

    it('cannot be told to skip verification, not even by NODE_TLS_REJECT_UNAUTHORIZED', async () => {
      const port = await listenTls(issueCertificate({ hosts: ['localhost'] }));
      const script = `import { Egress } from '#egress';
        import { testGuard } from '#testing';
        const egress = new Egress({ clock: { now: () => Date.now() }, guard: testGuard() });
        const request = { endpointId: 'e', url: 'https://localhost:${String(port)}/', headers: {}, body: Buffer.from('{}'), timeoutMs: 5000 };
        const policy = { httpsOnly: false, allowedPorts: [] };
        const { kind, error } = await egress.send({ ...request, policy, mayConnect: (all) => all, mayStart: () => true });
        console.log(kind, error);
        await egress.close();`;
      const env = childEnvironment({ NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' });
      const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { env });
      expect(stdout).toBe('failure tls_self_signed\n');
      await allClosed();
      expect(received).toBe('');
    });

    it('fails when the receiver speaks plain HTTP', async () => {
      const port = await listen(
        createServer((socket) => socket.on('data', () => socket.write('HTTP/1.1 400 Bad\r\n\r\n'))),
      );
      expect(failed(await post(egress, `https://127.0.0.1:${String(port)}/`)).error).toBe('tls_failed');
    });

    it.each([
      ['closed', (socket: Socket) => socket.end()],
      ['reset', (socket: Socket) => socket.resetAndDestroy()],
    ])('fails when the connection is %s in the handshake', async (_case, end) => {
      const port = await listen(createServer((socket) => socket.once('data', () => end(socket))));
      expect(failed(await post(egress, `https://127.0.0.1:${String(port)}/`)).error).toBe('connect_reset');
    });

    it('gives up on a handshake that never ends', async () => {
      const port = await listen(createServer());
      const result = failed(await post(egress, `https://127.0.0.1:${String(port)}/`));
      expect(result).toMatchObject({
        error: 'connect_timeout',
        timings: { connectMs: expect.any(Number), tlsMs: null },
      });
      expect(result.durationMs).toBeGreaterThanOrEqual(199);
      expect(result.durationMs).toBeLessThan(1000);
    });

    it('gives up on a handshake that drips', async () => {
      const port = await listen(createServer(dripHandshake));
      const result = failed(await post(egress, `https://127.0.0.1:${String(port)}/`));
      expect(result).toMatchObject({
        error: 'connect_timeout',
        timings: { connectMs: expect.any(Number), tlsMs: null },
      });
      expect(result.durationMs).toBeLessThan(1000);
    });

    it('counts the handshake against the attempt, when that has less time', async () => {
      const port = await listen(createServer());
      const result = failed(await post(egress, `https://127.0.0.1:${String(port)}/`, { timeoutMs: 50 }));
      expect(result.error).toBe('connect_timeout');
      expect(result.durationMs).toBeLessThan(190);
    });
  });

  describe('that hangs', () => {
    let full: FullListener;
    beforeEach(async () => {
      full = await FullListener.start();
    });
    afterEach(() => full.stop());

    it('ends with the connect time-out, before anything is sent', async () => {
      const result = failed(await post(egress, `http://127.0.0.1:${String(full.port)}/`));
      expect(result).toMatchObject({ error: 'connect_timeout', timings: { connectMs: null, firstByteMs: null } });
      expect(result.durationMs).toBeGreaterThanOrEqual(199);
      expect(result.durationMs).toBeLessThan(1000);
      expect(egress.stats()).toMatchObject({ inFlight: 0 });
    });

    it('takes five seconds when nothing else was set, in the handshake too', async () => {
      const dripping = await listen(createServer(dripHandshake));
      const patient = new Egress({ clock: new SystemClock(), guard: testGuard() });
      const results = await Promise.all(
        [`http://127.0.0.1:${String(full.port)}/`, `https://127.0.0.1:${String(dripping)}/`].map((url) =>
          post(patient, url, { endpointId: url, timeoutMs: 30_000 }),
        ),
      );
      await patient.close();
      for (const result of results.map(failed)) {
        expect(result.error).toBe('connect_timeout');
        expect(result.durationMs).toBeGreaterThanOrEqual(4_900);
        expect(result.durationMs).toBeLessThan(6_000);
      }
    }, 15_000);
  });

  it('fails when nobody listens', async () => {
    const server = createServer();
    const port = await listen(server);
    server.close();
    await once(server, 'close');
    const result = failed(await post(egress, `http://127.0.0.1:${String(port)}/`));
    expect(result).toMatchObject({ error: 'connect_refused', timings: { connectMs: null, firstByteMs: null } });
    expect(result.detail).toContain('ECONNREFUSED');
    const named = failed(await post(egress, `http://localhost:${String(port)}/`, { endpointId: 'named' }));
    expect(named).toMatchObject({ error: 'connect_refused', timings: { dnsMs: expect.any(Number) } });
  });

  it('fails on a name that does not exist, before anything is sent', async () => {
    const result = failed(await post(egress, 'http://nothing.invalid/'));
    expect(['dns_not_found', 'dns_failed', 'dns_timeout']).toContain(result.error); // without a resolver it is one of the others
    expect(result.timings).toEqual({ dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null });
    expect(egress.stats()).toMatchObject({ inFlight: 0 });
  });

  it('reaches an IPv6 literal', async () => {
    const server = createServer((socket) => socket.on('data', () => socket.write(OK)));
    const port = await listen(server, '::1').catch(() => null);
    if (port === null) return; // this machine has no IPv6
    expect(answered(await post(egress, `http://[::1]:${String(port)}/`)).timings.dnsMs).toBeNull();
  });
});

/** A TLS record that says it is 16 KiB long and comes a byte at a time. */
function dripHandshake(socket: Socket): void {
  const begins = [22, 3, 3, 0x40, 0, 2, 0, 0x3f, 0xfc];
  let n = 0;
  const timer = setInterval(() => socket.write(Buffer.of(begins[n++] ?? 0)), 20);
  socket.once('close', () => {
    clearInterval(timer);
  });
}
