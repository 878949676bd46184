import { KIB } from '#core';
import { ResponseCollector } from './response-collector.js';

/** Pushes chunks until no more are wanted; returns how many were taken. */
function fill(collector: ResponseCollector, sizes: readonly number[]): number {
  let taken = 0;
  for (const size of sizes) {
    taken += 1;
    if (!collector.push(Buffer.alloc(size, 97 + (taken % 26)))) break;
  }
  return taken;
}

describe('what is kept of an answer', () => {
  it.each([
    [200, [0], 0, false],
    [200, [256], 256, false],
    [200, [257], 256, true],
    [204, [], 0, false],
    [299, [100, 100, 100], 256, true],
    [300, [256, 1], 257, false],
    [500, [4 * KIB], 4 * KIB, false],
    [500, [4 * KIB, 1], 4 * KIB, true],
    [500, [10, 10 * KIB, 10], 4 * KIB, true],
  ])('of a %i with chunks of %j bytes: %i, truncated: %s', (status, sizes, stored, truncated) => {
    const collector = new ResponseCollector(status, {});
    fill(collector, sizes);
    expect(collector.response(true)).toMatchObject({ statusCode: status, truncated });
    expect(collector.response(true).body).toHaveLength(stored);
  });

  it('keeps the bytes in order and independent of the buffers they came in', () => {
    const collector = new ResponseCollector(500, {});
    const chunk = Buffer.from([0, 0x1b, 0xff]);
    collector.push(chunk);
    collector.push(Buffer.from('end'));
    chunk.fill(1);
    expect(collector.response(true).body).toEqual(Buffer.from([0, 0x1b, 0xff, 0x65, 0x6e, 0x64]));
  });

  it('wants no more after 64 KiB', () => {
    expect(
      fill(
        new ResponseCollector(500, {}),
        Array.from({ length: 100 }, () => 16 * KIB),
      ),
    ).toBe(5);
    expect(fill(new ResponseCollector(500, {}), [64 * KIB, 0, 1, 1])).toBe(3);
  });

  it('calls a body that broke off truncated', () => {
    const collector = new ResponseCollector(200, {});
    fill(collector, [10]);
    expect(collector.response(false)).toMatchObject({ truncated: true });
  });

  it('keeps four headers, and of repeated ones the first, but every Retry-After', () => {
    const headers = {
      'content-type': ['text/html', 'text/plain'] as unknown as string,
      'retry-after': ['30', '60'] as unknown as string,
      location: `https://example.com/${'x'.repeat(1000)}`,
      'set-cookie': ['a=b'],
    };
    expect(new ResponseCollector(302, headers).response(true)).toEqual({
      statusCode: 302,
      contentType: 'text/html',
      retryAfter: ['30', '60'],
      location: headers.location.slice(0, 512),
      body: Buffer.alloc(0),
      truncated: false,
    });
  });

  it('leaves out a Retry-After that is too long to be one, rather than cut it', () => {
    const headers = { 'retry-after': ['9'.repeat(600) + 'x', '30'] as unknown as string };
    expect(new ResponseCollector(503, headers).response(true).retryAfter).toEqual(['30']);
    expect(new ResponseCollector(503, {}).response(true)).toMatchObject({
      retryAfter: [],
      contentType: null,
      location: null,
    });
  });
});
