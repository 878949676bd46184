import { RequestCounter } from './request-counter.js';

const post = (body: string): string =>
  `POST /hook HTTP/1.1\r\nhost: 127.0.0.1\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`;
const count = (...chunks: string[]): number[] => {
  const counter = new RequestCounter();
  return chunks.map((chunk) => counter.push(Buffer.from(chunk)));
};

describe('RequestCounter', () => {
  it('counts a request when its body is whole', () => {
    expect(count(post('{"n":1}'))).toEqual([1]);
  });

  it('counts several requests in one chunk', () => {
    expect(count(post('a') + post('') + post('bcd'))).toEqual([3]);
  });

  it('counts a request without a body at the end of its head', () => {
    expect(count('GET / HTTP/1.1\r\nhost: x\r\n\r\n')).toEqual([1]);
  });

  it('takes a body that looks like a head for a body', () => {
    expect(count(post('GET / HTTP/1.1\r\n\r\n'), post('b'))).toEqual([1, 1]);
  });

  it('counts the same however the bytes are cut', () => {
    const text = post('{"n":1}') + post('') + post('x'.repeat(100));
    for (let at = 1; at < text.length; at += 1) {
      const counted = count(text.slice(0, at), text.slice(at));
      expect(counted.reduce((sum, n) => sum + n)).toBe(3);
    }
    expect(count(...Array.from(text)).reduce((sum, n) => sum + n)).toBe(3);
  });
});
