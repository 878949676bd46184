import fc from 'fast-check';
import { EventQueue } from './event-queue.js';

describe('the event queue', () => {
  it('gives items back by time, and those of one time in the order in which they came', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
        const queue = new EventQueue<{ at: number; n: number }>();
        for (const [n, at] of times.entries()) queue.push(at, { at, n });
        const out = Array.from({ length: times.length }, () => queue.pop()!);
        expect(out).toEqual(times.map((at, n) => ({ at, n })).toSorted((a, b) => a.at - b.at || a.n - b.n));
        expect([queue.size, queue.pop(), queue.nextAt]).toEqual([0, undefined, Infinity]);
      }),
    );
  });

  it('stays in order when items come and go', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 50 }))), (steps) => {
        const queue = new EventQueue<number>();
        const model: number[] = [];
        for (const at of steps) {
          if (at === null) expect(queue.pop()).toBe(model.shift());
          else {
            queue.push(at, at);
            model.push(at);
            model.sort((a, b) => a - b);
          }
          expect([queue.size, queue.nextAt]).toEqual([model.length, model[0] ?? Infinity]);
        }
      }),
    );
  });
});
