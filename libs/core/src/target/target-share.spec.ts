import fc from 'fast-check';
import { SECOND } from '../units.js';
import { TargetShare } from './target-share.js';

describe('a dispatcher’s part of the cap of a target', () => {
  it.each([
    [1_000, 1, 1_000],
    [1_000, 3, 333],
    [10, 2, 5],
    [10, 10, 1],
    [10, 11, 1],
    [1, 50, 1],
  ])('of %i among %i is %i, and never zero', (cap, live, part) => {
    expect(new TargetShare(cap).learn(live, 0)).toBe(part);
  });

  it('is one request until it is known how many there are', () => {
    expect(new TargetShare(1_000).atFirst).toBe(1);
  });

  it('falls at once when another one comes', () => {
    const share = new TargetShare(12);
    expect([share.learn(1, 0), share.learn(2, 1), share.learn(4, 2)]).toEqual([12, 6, 3]);
  });

  it('rises only when what one that left had in flight must be over', () => {
    const share = new TargetShare(12);
    share.learn(3, 0);
    expect(share.learn(2, 20 * SECOND)).toBe(4);
    expect(share.learn(1, 34 * SECOND)).toBe(4);
    expect(share.learn(1, 35 * SECOND)).toBe(6);
    expect(share.learn(1, 54 * SECOND)).toBe(6);
    expect(share.learn(1, 55 * SECOND)).toBe(12);
  });

  it('is that of the most that were seen in the last 35 seconds, whatever was seen in between', () => {
    const beats = fc.array(fc.record({ live: fc.integer({ min: 1, max: 5 }), after: fc.integer({ min: 1, max: 20 }) }));
    fc.assert(
      fc.property(beats, (all) => {
        const share = new TargetShare(60);
        const seen: { live: number; at: number }[] = [];
        let now = 0;
        for (const { live, after } of all) {
          now += after * SECOND;
          seen.push({ live, at: now });
          const most = Math.max(...seen.filter(({ at }) => now - at < 35 * SECOND).map((one) => one.live));
          expect(share.learn(live, now)).toBe(60 / most);
        }
      }),
    );
  });

  it('has no end where there is no cap', () => {
    const share = new TargetShare(0);
    expect([share.atFirst, share.learn(3, 0)]).toEqual([Infinity, Infinity]);
  });
});
