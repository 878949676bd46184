import type { Socket } from 'node:net';
import fc from 'fast-check';
import { ATTEMPT_ERROR_CLASSES, KIB, SystemClock } from '#core';
import type { AttemptResult } from '#core';
import { Egress } from '#egress';
import { testGuard } from '#testing';
import { post } from './egress/post.js';
import { OK, startTcpServer, type TcpServer } from './egress/tcp-server.js';

const AT_ONCE = 8;
const RUNS = 60;
const TIMEOUT_MS = 80;
/** The tick of the deadlines, and what a busy machine adds. */
const LATE_MS = 1_000;

type Act = { write: Uint8Array } | 'turn' | 'end' | 'reset';
interface Script {
  /** Whether it waits for the request. */
  begins: 'connected' | 'asked';
  acts: readonly Act[];
}

const text = (value: string): Uint8Array => Buffer.from(value, 'latin1');
const LINES = [
  ...['HTTP/1.1 200 OK\r\n', 'HTTP/1.0 204\r\n', 'HTTP/1.1 500 \r\n', 'HTTP/1.1 101 x\r\n', 'HTTP/1.1 103 x\r\n\r\n'],
  ...[
    'HTTP/1.1 999 x\r\n',
    'HTTP/2 200\r\n',
    'HTTP/1.1 20',
    'http/1.1 200 ok\n',
    'content-length: 2\r\n',
    'content-length: -1\r\n',
  ],
  ...[
    'content-length: 99999999999999999999\r\n',
    'transfer-encoding: chunked\r\n',
    'transfer-encoding: gzip\r\n',
    'retry-after: 1\r\n',
  ],
  ...[
    'connection: close\r\n',
    'connection: upgrade\r\nupgrade: h2c\r\n',
    'keep-alive: timeout=1\r\n',
    ' folded: x\r\n',
    'a: \0\r\n',
    ':\r\n',
  ],
  ...[
    '\r\n',
    '\n',
    '\r',
    '\r\n\r\n',
    'ok',
    '2\r\nok\r\n',
    '0\r\n\r\n',
    'ffffffffffffffff\r\n',
    '2;x=',
    'zz\r\n',
    'x'.repeat(20 * KIB),
    OK,
    `${OK}${OK}`,
  ],
];

/** Nearly an answer: each part may be wrong, most are not. */
const answer = fc
  .tuple(
    fc.constantFrom('HTTP/1.1 200 OK', 'HTTP/1.1 202 x', 'HTTP/1.1 500 x', 'HTTP/1.1 302 x', 'HTTP/1.0 429 x'),
    fc.array(fc.constantFrom(...LINES.filter((line) => /^[a-z-]+:/.test(line))), { maxLength: 2 }),
    fc.constantFrom('\r\n', '\r\n', '\n', '\r'),
    fc.constantFrom('ok', '2\r\nok\r\n0\r\n\r\n', '2\r\nok\r\n', '', 'x'.repeat(100 * KIB)),
  )
  .map(([status, headers, blank, body]) => text(`${status}\r\n${headers.join('')}${blank}${body}`));

const bytes = fc.oneof(
  { weight: 3, arbitrary: answer },
  { weight: 3, arbitrary: fc.constantFrom(...LINES).map(text) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }) },
  // A good answer with one byte changed, or cut.
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.nat(OK.length - 1), fc.nat(255))
      .map(([at, byte]) => Buffer.from(text(OK)).fill(byte, at, at + 1)),
  },
  { weight: 1, arbitrary: fc.nat(OK.length).map((length) => text(OK.slice(0, length))) },
);
const act = fc.oneof(
  { weight: 8, arbitrary: bytes.map((write): Act => ({ write })) },
  { weight: 2, arbitrary: fc.constant<Act>('turn') },
  { weight: 1, arbitrary: fc.constantFrom<Act>('end', 'reset') },
);
const script: fc.Arbitrary<Script> = fc.record({
  begins: fc.constantFrom('asked', 'asked', 'asked', 'connected'),
  acts: fc.array(act, { maxLength: 12 }),
});

async function perform(socket: Socket, acts: readonly Act[]): Promise<void> {
  for (const one of acts) {
    if (socket.destroyed || socket.writableEnded) return;
    if (one === 'turn') await new Promise(setImmediate);
    else if (one === 'end') socket.end();
    else if (one === 'reset') socket.resetAndDestroy();
    else socket.write(one.write);
  }
}

describe('any bytes, cut anywhere and ended anyhow', () => {
  let egress: Egress;
  const servers: TcpServer[] = [];
  const scripts: Script[] = [];

  beforeAll(async () => {
    egress = new Egress({ clock: new SystemClock(), guard: testGuard(), connectTimeoutMs: TIMEOUT_MS });
    for (let n = 0; n < AT_ONCE; n += 1) {
      const run = (socket: Socket, at: Script['begins']): void => {
        const one = scripts[n];
        if (one?.begins === at) void perform(socket, one.acts);
      };
      servers.push(
        await startTcpServer(
          (socket) => run(socket, 'asked'),
          (socket) => run(socket, 'connected'),
        ),
      );
    }
  });
  afterAll(async () => {
    await egress.close({ graceMs: 0 });
    for (const server of servers) await server.close();
  });

  it('are one result of a known kind within the deadline, one request, and no socket left behind', async () => {
    const seen = new Map<string, number>();
    let batches = 0;
    const property = fc.asyncProperty(fc.array(script, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (batch) => {
      scripts.splice(0, scripts.length, ...batch);
      const query = `?batch=${String((batches += 1))}`; // a busy machine hears of a request that was given up only in the next batch
      const results = await Promise.all(
        servers.map(({ url }) => post(egress, url + query, { endpointId: url, timeoutMs: TIMEOUT_MS })),
      );
      for (const result of results) expectKnown(result, seen);
      for (const server of servers) expect(requests(server, query)).toBeLessThanOrEqual(1);
      const { inFlight, waiting, sockets, idle } = egress.stats();
      expect({ inFlight, waiting }).toEqual({ inFlight: 0, waiting: 0 });
      expect(idle).toBeLessThanOrEqual(sockets);
      expect(sockets).toBeLessThanOrEqual(2 * AT_ONCE); // of each at most one that is idle and one on its way out
    });
    await fc.assert(property, { numRuns: RUNS });
    process.stderr.write(`fuzz: ${JSON.stringify(Object.fromEntries(seen))}\n`);
    // It went everywhere: a generator that only ever fails alike would show nothing.
    for (const kind of ['2xx', 'other', 'protocol_error', 'protocol_closed', 'response_timeout'])
      expect(seen.get(kind)).toBeGreaterThan(0);
    await egress.close({ graceMs: 0 });
    for (const server of servers) await server.until(() => server.open() === 0);
    expect(egress.stats()).toMatchObject({ sockets: 0, idle: 0 });
  }, 60_000);
});

const requests = (server: TcpServer, query: string): number => server.received().split(`${query} HTTP/`).length - 1;

function expectKnown(result: AttemptResult, seen: Map<string, number>): void {
  if (result.kind === 'not_sent') throw new Error(`not sent: ${result.reason}`);
  expect(result.durationMs).toBeLessThanOrEqual(TIMEOUT_MS + LATE_MS);
  if (result.kind === 'response') {
    const { statusCode, body } = result.response;
    expect(statusCode).toBeGreaterThanOrEqual(200);
    expect(statusCode).toBeLessThanOrEqual(999);
    expect(body.length).toBeLessThanOrEqual(4 * KIB);
  } else expect(ATTEMPT_ERROR_CLASSES).toContain(result.error);
  const kind = result.kind === 'failure' ? result.error : result.response.statusCode < 300 ? '2xx' : 'other';
  seen.set(kind, (seen.get(kind) ?? 0) + 1);
}
