import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { TestApi } from '../api/api.js';
import type { TestTenant } from '../api/api.js';

/** Requests as bytes, for what no client library would send. */
describe('on the wire', () => {
  let api: TestApi;
  let tenant: TestTenant;
  beforeAll(async () => {
    api = await TestApi.start();
    await api.listen();
    tenant = await api.addTenant();
  });
  afterAll(() => api.stop());

  /** Sends the bytes on a connection of their own, and resolves with all that came back when it was ended. */
  function exchange(parts: (string | Buffer)[], endAfter = false): Promise<string> {
    const { port } = api.address() as AddressInfo;
    return new Promise((resolve, reject) => {
      let text = '';
      const socket = connect(port, '127.0.0.1', () => {
        for (const part of parts) socket.write(part);
        if (endAfter) socket.end();
      });
      socket
        .on('data', (chunk) => (text += String(chunk)))
        // Ended by the server while we still wrote: what it said before that counts.
        .on('error', (error: NodeJS.ErrnoException) => {
          if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
        })
        .on('close', () => resolve(text));
    });
  }

  const head = (...headers: string[]): string =>
    [
      'POST /v1/subscribers HTTP/1.1',
      'host: posthorn.example',
      'connection: close',
      `authorization: Bearer ${tenant.key}`,
      'content-type: application/json',
      ...headers,
      '\r\n',
    ].join('\r\n');
  const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
  const countSubscribers = async (): Promise<number> =>
    (await api.database.query<{ n: number }>('SELECT count(*)::int AS n FROM subscribers'))[0]?.n ?? -1;
  const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);

  it('reads a body that comes in chunks, cut inside a character', async () => {
    const body = Buffer.from('{"name":"\u{1f600}"}');
    const parts = [head('transfer-encoding: chunked')];
    const answer = await exchange([
      ...parts,
      Buffer.concat([Buffer.from('b\r\n'), body.subarray(0, 11), Buffer.from('\r\n')]),
      Buffer.concat([
        Buffer.from(`${(body.length - 11).toString(16)}\r\n`),
        body.subarray(11),
        Buffer.from('\r\n0\r\n\r\n'),
      ]),
    ]);
    expect([statusOf(answer), answer]).toEqual([201, expect.stringContaining('"name":"\u{1f600}"')]);
  });

  it.each([
    ['a length and chunks', ['content-length: 12', 'transfer-encoding: chunked'], `${chunk('{"name":"x"}')}0\r\n\r\n`],
    ['two lengths', ['content-length: 12', 'content-length: 13'], '{"name":"x"}'],
    ['a length that is no number', ['content-length: 1e1'], '{"name":"x"}'],
    ['a negative length', ['content-length: -1'], '{"name":"x"}'],
    ['an unknown transfer coding', ['transfer-encoding: gzip'], '{"name":"x"}'],
    ['a chunk without a size', ['transfer-encoding: chunked'], 'x\r\n{"name":"x"}\r\n0\r\n\r\n'],
    ['a NUL in a header', ['x-odd: a\0b'], ''],
    ['a header that goes on in the next line', ['x-odd: a\r\n b', 'content-length: 12'], '{"name":"x"}'],
    ['a space before the colon', ['content-length : 12'], '{"name":"x"}'],
    ['headers of 20 KiB', [`x-odd: ${'x'.repeat(20_000)}`], ''],
  ])('refuses %s with 400 as a problem, and stores nothing', async (_what, headers, body) => {
    const before = await countSubscribers();
    const answer = await exchange([head(...headers) + body]);
    expect([statusOf(answer), answer]).toEqual([400, expect.stringContaining('malformed_request')]);
    expect(answer).toContain('application/problem+json');
    expect(await countSubscribers()).toBe(before);
  });

  it('takes nothing behind the length that was said for a part of the request, nor for another one', async () => {
    const answer = await exchange([`${head('content-length: 12')}{"name":"x"}{"name":"smuggled"}`]);
    expect(answer).not.toContain('smuggled');
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(await api.database.query(`SELECT 1 FROM subscribers WHERE name LIKE '%smuggled%'`)).toEqual([]);
  });

  it('stores nothing of a request whose sender goes away before its end', async () => {
    const before = await countSubscribers();
    await exchange([`${head('content-length: 500')}{"name":"x"}`], true);
    await exchange([head('transfer-encoding: chunked') + chunk('{"name":"x"}')], true);
    expect(await countSubscribers()).toBe(before);
  });

  it('refuses chunks beyond the limit although no length was said', async () => {
    const mib = 'x'.repeat(1024 * 1024);
    const answer = await exchange([
      head('transfer-encoding: chunked'),
      chunk(`{"name":"${mib}`),
      chunk('"}'),
      '0\r\n\r\n',
    ]);
    expect([statusOf(answer), answer]).toEqual([413, expect.stringContaining('body_too_large')]);
  });

  it('refuses a compressed body without inflating it', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, ' '));
    expect(bomb.length).toBeLessThan(1024 * 1024);
    const answer = await exchange([head(`content-length: ${bomb.length}`, 'content-encoding: gzip'), bomb]);
    expect([statusOf(answer), answer]).toEqual([415, expect.stringContaining('unsupported_media_type')]);
  });

  it('takes the method from the request line alone', async () => {
    const answer = await exchange([`${head('x-http-method-override: DELETE', 'content-length: 12')}{"name":"x"}`]);
    expect(statusOf(answer)).toBe(201);
  });
});
