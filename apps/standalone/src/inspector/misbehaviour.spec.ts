import { behave, readMisbehaviour } from './misbehaviour.js';

const read = (query: string) => readMisbehaviour(new URLSearchParams(query));

describe('misbehaviour', () => {
  it('is as the query says, for so many requests, and then 200 at once', () => {
    const asked = read('status=503&times=2&delay=300');
    if (typeof asked === 'string') throw new Error(asked);
    expect([1, 2, 3].map((n) => behave(asked, n))).toEqual([
      { status: 503, delayMs: 300 },
      { status: 503, delayMs: 300 },
      { status: 200, delayMs: 0 },
    ]);
  });

  it('is for ever without times, and none without anything', () => {
    expect(read('status=500')).toEqual({ status: 500, times: null, delayMs: 0 });
    expect(read('')).toEqual({ status: 200, times: null, delayMs: 0 });
  });

  it.each(['status=99', 'status=600', 'status=abc', 'status=', 'times=-1', 'times=1.5', 'delay=120001', 'delay=1e3'])(
    'refuses %s',
    (query) => {
      expect(read(query)).toMatch(/must be/);
    },
  );
});
