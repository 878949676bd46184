import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { KIB, MIB, SystemClock } from '#core';
import type { AttemptResult } from '#core';
import { Egress } from '#egress';
import { testGuard } from '#testing';
import { startReceiver, type Receiver } from '#testing';
import { answered, failed, post } from './egress/post.js';
import { CHUNKED_OK, OK, startTcpServer, type TcpServer } from './egress/tcp-server.js';

describe('an attempt', () => {
  let receiver: Receiver;
  let egress: Egress;

  beforeAll(async () => {
    receiver = await startReceiver();
    egress = new Egress({ clock: new SystemClock(), guard: testGuard() });
  });
  afterAll(async () => {
    await egress.close({ graceMs: 0 });
    await receiver.close();
  });

  it('posts the bytes and headers it was given, and nothing that asks for compression', async () => {
    const body = Buffer.from('{"n":9007199254740993,"s":"\\u2028😀"}');
    answered(await post(egress, `${receiver.url('/seen')}?a=1&b=%20`, { body, headers: { 'Webhook-Id': 'evt_1' } }));
    const [request] = receiver.at('/seen');
    expect(request).toMatchObject({ method: 'POST', body });
    expect(request?.query.toString()).toBe('a=1&b=+');
    expect(request?.headers).toEqual({
      host: `127.0.0.1:${String(receiver.port)}`,
      connection: 'keep-alive',
      'webhook-id': 'evt_1',
      'content-length': String(body.length),
    });
  });

  it('tells what came, when it began, and how long each step took', async () => {
    receiver.answer('/busy', {
      status: 503,
      headers: { 'content-type': 'text/plain', 'retry-after': ['30', '60'], 'x-other': 'y' },
      body: 'busy',
      delayMs: 30,
    });
    const before = Date.now();
    const result = answered(await post(egress, receiver.url('/busy'), { endpointId: 'new' }));
    expect(result.response).toEqual({
      statusCode: 503,
      contentType: 'text/plain',
      retryAfter: ['30', '60'],
      location: null,
      body: Buffer.from('busy'),
      truncated: false,
    });
    expect(result.startedAt).toBeGreaterThanOrEqual(before);
    expect(result.startedAt).toBeLessThanOrEqual(Date.now());
    const { dnsMs, connectMs, tlsMs, firstByteMs } = result.timings;
    expect({ dnsMs, tlsMs }).toEqual({ dnsMs: null, tlsMs: null });
    expect(connectMs).toBeGreaterThanOrEqual(0);
    expect(firstByteMs).toBeGreaterThanOrEqual(29);
    expect(result.durationMs).toBeGreaterThanOrEqual(firstByteMs ?? Infinity);
  });

  it('says how long the name took, and says nothing of steps a kept-alive connection does not have', async () => {
    const url = receiver.url('/named', 'localhost');
    const first = answered(await post(egress, url, { endpointId: 'named' }));
    expect(first.timings).toMatchObject({ dnsMs: expect.any(Number), connectMs: expect.any(Number) });
    const second = answered(await post(egress, url, { endpointId: 'named' }));
    expect(second.timings).toEqual({ dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: expect.any(Number) });
  });

  it.each([301, 302, 303, 307, 308])('does not follow a %i', async (status) => {
    receiver.answer('/moved', { status, headers: { location: receiver.url(`/target`) } });
    const { response } = answered(await post(egress, receiver.url('/moved')));
    expect(response).toMatchObject({ statusCode: status, location: receiver.url('/target') });
    expect(receiver.at('/target')).toHaveLength(0);
  });

  it('does not inflate', async () => {
    const bomb = gzipSync(Buffer.alloc(8 * MIB));
    receiver.answer('/gzip', { status: 500, headers: { 'content-encoding': 'gzip' }, body: bomb });
    const { response } = answered(await post(egress, receiver.url('/gzip')));
    expect(response.body).toEqual(bomb.subarray(0, 4 * KIB));
    expect(response.truncated).toBe(true);
  });

  it('keeps 256 bytes of a 2xx and the connection with it', async () => {
    receiver.answer('/long', { body: 'x'.repeat(10_000) });
    const { response } = answered(await post(egress, receiver.url('/long'), { endpointId: 'long' }));
    expect(response.body.toString()).toBe('x'.repeat(256));
    expect(response.truncated).toBe(true);
    const before = receiver.connections();
    answered(await post(egress, receiver.url('/long'), { endpointId: 'long' }));
    expect(receiver.connections()).toBe(before);
  });

  it('keeps bytes as they are', async () => {
    const body = Buffer.from([0, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0xff, 0xfe, 0x80]);
    receiver.answer('/binary', { status: 400, body });
    expect(answered(await post(egress, receiver.url('/binary'))).response.body).toEqual(body);
  });

  it('takes a body of 256 KiB', async () => {
    const body = Buffer.alloc(256 * KIB, 'x');
    answered(await post(egress, receiver.url('/large'), { body }));
    expect(receiver.at('/large')[0]?.body.equals(body)).toBe(true);
  });

  it.each([
    ['a URL that is none', { url: 'nonsense' }],
    ['another scheme', { url: 'ftp://127.0.0.1/' }],
    ['a line break in a header', { headers: { a: 'b\r\nc: d' } }],
    ['a header without a name', { headers: { '': 'b' } }],
    ['a content-length that is wrong', { headers: { 'content-length': '7' } }],
  ])('rejects %s: the stored endpoint is wrong, not its receiver', async (_case, change) => {
    await expect(post(egress, receiver.url('/never'), { endpointId: 'wrong', ...change })).rejects.toThrow();
    expect(receiver.at('/never')).toHaveLength(0);
    expect(egress.stats().inFlight).toBe(0);
  });
});

describe('a receiver that misbehaves', () => {
  let server: TcpServer;
  let egress: Egress;
  let reply: (socket: Socket) => void;

  beforeEach(async () => {
    egress = new Egress({ clock: new SystemClock(), guard: testGuard() });
    server = await startTcpServer((socket) => {
      reply(socket);
    });
  });
  afterEach(async () => {
    await egress.close({ graceMs: 0 });
    await server.close();
  });

  const headers = (n: number): string => Array.from({ length: n }, (_, i) => `h${String(i)}: x\r\n`).join('');

  it.each([
    ['HTTP/0.9', 'hello\r\n', 'protocol_error'],
    ['an invalid status line', 'HTTP/1.1 abc OK\r\n\r\n', 'protocol_error'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\ncontent-length: 0\r\n\r\n', 'protocol_error'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', 'protocol_error'],
    ['HTTP/2 without having been asked', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'protocol_error'],
    ['101', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n', 'protocol_error'],
    ['101 without an upgrade', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', 'protocol_error'],
    ['a flood of 1xx', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100), 'protocol_error'],
    ['two content lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nok', 'protocol_error'],
    ['a content length in words', 'HTTP/1.1 200 OK\r\ncontent-length: two\r\n\r\nok', 'protocol_error'],
    [
      'a content length and chunks',
      `HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n`,
      'protocol_error',
    ],
    ['NUL in a header', 'HTTP/1.1 200 OK\r\na: b\0c\r\n\r\n', 'protocol_error'],
    ['a header without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n', 'protocol_error'],
    ['16 KiB of headers', `HTTP/1.1 200 OK\r\na: ${'x'.repeat(16 * KIB)}\r\n\r\n`, 'protocol_headers_too_large'],
    ['a thousand headers', `HTTP/1.1 200 OK\r\n${headers(1000)}\r\n`, 'protocol_headers_too_large'],
    ['an endless reason phrase', `HTTP/1.1 200 ${'x'.repeat(MIB)}`, 'protocol_error'],
    ['endless empty lines', '\r\n'.repeat(MIB), 'protocol_error'],
  ])('answers %s: an error class', async (_case, bytes, error) => {
    reply = (socket) => socket.write(bytes);
    const result = failed(await post(egress, server.url));
    expect(result.error).toBe(error);
    expect(result.detail).not.toBe('');
    await server.until(() => server.open() === 0);

    reply = (socket) => socket.write(OK);
    answered(await post(egress, server.url));
  });

  it.each([
    ['closes without an answer', (socket: Socket) => socket.end(), 'protocol_closed'],
    [
      'closes in the middle of the headers',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\na: '),
      'protocol_closed',
    ],
    ['resets without an answer', (socket: Socket) => socket.resetAndDestroy(), 'protocol_reset'],
    [
      'resets in the middle of the headers',
      (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\na: ', () => socket.resetAndDestroy()),
      'protocol_closed', // so undici calls it once a status line has come
    ],
    [
      'resets after an interim answer',
      (socket: Socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n', () => socket.resetAndDestroy()),
      'protocol_closed',
    ],
    [
      'closes after an interim answer',
      (socket: Socket) => socket.end('HTTP/1.1 103 Early Hints\r\n\r\n'),
      'protocol_closed',
    ],
  ])('%s: an error class, and the request is not sent again', async (_case, misbehave, error) => {
    reply = misbehave;
    expect(failed(await post(egress, server.url)).error).toBe(error);
    expect(server.accepted()).toBe(1);
  });

  const cutOff = { statusCode: 200, truncated: true };
  it.each([
    [
      'a content length that is too large',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok'),
    ],
    [
      'a broken chunk',
      (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n'),
    ],
    [
      'chunks without an end',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n'),
    ],
    [
      'an endless chunk extension',
      (socket: Socket) =>
        socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n2;${'x'.repeat(MIB)}`),
    ],
    [
      'endless trailers',
      (socket: Socket) =>
        socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${headers(9000)}`),
    ],
  ])('breaks the body off by %s: the status counts', async (_case, misbehave) => {
    reply = misbehave;
    const { response } = answered(await post(egress, server.url));
    expect(response).toMatchObject(cutOff);
    expect(response.body.toString()).toBe('ok');
    await server.until(() => server.open() === 0);
  });

  it('resets in the middle of the body: the status counts', async () => {
    reply = (socket) => {
      socket.write('HTTP/1.1 500 Oops\r\ncontent-length: 9\r\n\r\nok', () => socket.resetAndDestroy());
    };
    const result = await post(egress, server.url);
    // Which of the two arrives first is up to the kernel; an answer that arrived is never lost.
    if (result.kind === 'failure') expect(result.error).toBe('protocol_reset');
    else expect(answered(result).response).toMatchObject({ statusCode: 500, truncated: true });
  });

  it('sends more than it announced: the answer counts, the connection is not used again', async () => {
    reply = (socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 500 Smuggled\r\ncontent-length: 0\r\n\r\n');
    expect(answered(await post(egress, server.url)).response).toMatchObject({ statusCode: 200, truncated: false });
    await server.until(() => server.open() === 0);
    expect(answered(await post(egress, server.url)).response.statusCode).toBe(200);
    expect(server.accepted()).toBe(2);
  });

  const SMUGGLED = 'HTTP/1.1 410 Gone\r\ncontent-length: 8\r\n\r\nsmuggled';
  it.each<[string, (socket: Socket) => void]>([
    ['in the same segment', (socket) => socket.write(OK + SMUGGLED)],
    ['in a segment of its own', (socket) => socket.write(OK, () => socket.write(SMUGGLED))],
    ['in pieces', (socket) => socket.write(OK + SMUGGLED.slice(0, 12), () => socket.write(SMUGGLED.slice(12)))],
    ['as the trailers of chunks', (socket) => socket.write(CHUNKED_OK + SMUGGLED)],
  ])(
    'sends a second answer %s: it is nobody’s, also when the next request waits for the connection',
    async (_case, split) => {
      let asked = 0;
      reply = (socket) => {
        asked += 1;
        split(socket);
      };
      const only = new Egress({ clock: new SystemClock(), guard: testGuard(), maxSockets: 1 });
      const results: AttemptResult[] = [];
      for (let round = 0; round < 20; round += 1)
        results.push(...(await Promise.all(Array.from({ length: 3 }, () => post(only, server.url)))));
      await only.close({ graceMs: 0 });
      // Every request was really made, and none has an answer that was made before it.
      expect(asked).toBe(60);
      for (const { response } of results.map(answered)) {
        expect(response.statusCode).toBe(200);
        expect(response.body.toString()).toBe('ok');
      }
    },
  );

  it('sends an answer while nobody asked: the connection ends, and the next request has an answer of its own', async () => {
    let last: Socket | undefined;
    reply = (socket) => {
      last = socket;
      socket.write(OK);
    };
    for (let n = 1; n <= 5; n += 1) {
      expect(answered(await post(egress, server.url)).response.statusCode).toBe(200);
      last?.write(SMUGGLED);
      await server.until(() => server.open() === 0);
      expect(server.accepted()).toBe(n);
      expect(egress.stats()).toMatchObject({ sockets: 0, idle: 0 });
    }
  });

  it('sends an answer just before the next request begins: it is not that one’s', async () => {
    let last: Socket | undefined;
    let asked = 0;
    reply = (socket) => {
      asked += 1;
      last = socket;
      socket.write(OK);
    };
    answered(await post(egress, server.url));
    for (let n = 2; n <= 50; n += 1) {
      last?.write(SMUGGLED); // in the kernel when this returns, and not read by anybody
      expect(answered(await post(egress, server.url)).response.statusCode).toBe(200);
      expect(asked).toBe(n);
    }
  });

  it('answers before it has read the body: the status counts, the connection is not used again', async () => {
    const large = Buffer.alloc(8 * MIB, 'x');
    const rude = await startTcpServer(
      () => undefined,
      (socket) =>
        socket.once('data', () =>
          socket.pause().write('HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'),
        ),
    );
    const result = answered(await post(egress, rude.url, { body: large }));
    expect(result.response.statusCode).toBe(413);
    expect(egress.stats()).toMatchObject({ inFlight: 0, idle: 0 });
    await rude.close();
  });

  it('closes the connection at the end of a body without length: nothing is missing', async () => {
    reply = (socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nok');
    const { response } = answered(await post(egress, server.url));
    expect(response).toMatchObject({ statusCode: 200, body: Buffer.from('ok'), truncated: false });
  });

  it.each([
    ['closes', (socket: Socket) => socket.end(), ['protocol_closed', 'connect_reset']],
    ['resets', (socket: Socket) => socket.resetAndDestroy(), ['protocol_reset', 'connect_reset']],
  ])(
    '%s at once, before it has read anything: an error class, and the request is not sent again',
    async (_case, end, classes) => {
      const rude = await startTcpServer(() => undefined, end);
      expect(classes).toContain(failed(await post(egress, rude.url, { body: Buffer.alloc(MIB) })).error);
      expect(rude.accepted()).toBe(1);
      await rude.close();
    },
  );

  it('says that nothing more comes, and reads on for ever: an error class', async () => {
    const half = createServer({ allowHalfOpen: true }, (socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end(),
    );
    half.listen(0, '127.0.0.1');
    await once(half, 'listening');
    const { port } = half.address() as AddressInfo;
    expect(failed(await post(egress, `http://127.0.0.1:${String(port)}/`)).error).toBe('protocol_closed');
    half.close();
    await once(half, 'close');
  });

  it('sends a gzip bomb: 64 KiB are read as they came, the socket is destroyed, the status counts', async () => {
    const bomb = gzipSync(Buffer.alloc(128 * MIB));
    expect(bomb.length).toBeGreaterThan(64 * KIB);
    reply = (socket) => {
      socket.write(`HTTP/1.1 500 Oops\r\ncontent-encoding: gzip\r\ncontent-length: ${String(bomb.length)}\r\n\r\n`);
      socket.write(bomb);
    };
    const { response } = answered(await post(egress, server.url));
    expect(response).toMatchObject({ statusCode: 500, truncated: true, body: bomb.subarray(0, 4 * KIB) });
    await server.until(() => server.open() === 0);
  });

  it('sends a body of 1 GB: 64 KiB are read, the socket is destroyed, the status counts', async () => {
    let sent = 0;
    reply = (socket) => {
      socket.write(`HTTP/1.1 500 Oops\r\ncontent-length: ${String(1024 * MIB)}\r\n\r\n`);
      const chunk = Buffer.alloc(64 * KIB, 'x');
      const more = (): void => {
        while (!socket.destroyed && sent < 1024 * MIB) {
          sent += chunk.length;
          if (!socket.write(chunk)) return;
        }
      };
      socket.on('drain', more);
      more();
    };
    const { response } = answered(await post(egress, server.url));
    expect(response).toMatchObject({ statusCode: 500, truncated: true });
    expect(response.body).toHaveLength(4 * KIB);
    await server.until(() => server.open() === 0);
    expect(sent).toBeLessThan(64 * MIB); // what fitted into the kernel's buffers
  });

  /** Writes the text byte by byte, and for ever the last one, until the connection closes. */
  const drip =
    (text: string): ((socket: Socket) => void) =>
    (socket) => {
      let n = 0;
      const timer = setInterval(() => socket.write(text.charAt(Math.min(n++, text.length - 1))), 5);
      socket.once('close', () => {
        clearInterval(timer);
      });
    };

  it.each([
    ['says nothing', () => undefined],
    ['drips the headers', drip(`HTTP/1.1 200 OK\r\na: x`)],
    ['sends 103 now and then', drip('HTTP/1.1 103 Early Hints\r\n\r\n')],
  ])('%s: the deadline ends it', async (_case, misbehave) => {
    reply = misbehave;
    const result = failed(await post(egress, server.url, { timeoutMs: 200 }));
    expect(result.error).toBe('response_timeout');
    expect(result.durationMs).toBeGreaterThanOrEqual(199);
    expect(result.durationMs).toBeLessThan(1000);
    await server.until(() => server.open() === 0);
  });

  it('drips the body for ever: the deadline cuts it off, the status counts', async () => {
    reply = (socket) => {
      socket.write('HTTP/1.1 202 Accepted\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n');
      drip('1;x')(socket);
    };
    const result = answered(await post(egress, server.url, { timeoutMs: 200 }));
    expect(result.response).toMatchObject({ statusCode: 202, truncated: true, body: Buffer.from('a') });
    expect(result.durationMs).toBeGreaterThanOrEqual(199);
    expect(result.durationMs).toBeLessThan(1000);
    await server.until(() => server.open() === 0);
    expect(server.accepted()).toBe(1);
  });
});
