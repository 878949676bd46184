import { ProblemError } from '#core';
import { readIdempotencyKey } from './idempotency-key.js';

describe('readIdempotencyKey', () => {
  it.each([
    ['order-1', 'order-1'],
    ['"order-1"', 'order-1'],
    ['"a\\"b\\\\c"', 'a"b\\c'],
    ['a b', 'a b'],
    ['a"b', 'a"b'],
    ['x'.repeat(255), 'x'.repeat(255)],
  ])('reads %j as %j', (header, key) => {
    expect(readIdempotencyKey({ 'idempotency-key': header })).toBe(key);
  });

  it('answers null without the header', () => {
    expect(readIdempotencyKey({})).toBeNull();
  });

  it.each(['', '""', '"open', '"a"b"', '"', 'x'.repeat(256), `"${'x'.repeat(256)}"`, 'é', 'a\tb', '"\\n"'])(
    'refuses %j',
    (header) => {
      expect(() => readIdempotencyKey({ 'idempotency-key': header })).toThrow(ProblemError);
    },
  );
});
