import fc from 'fast-check';
import { FairShares } from './fair-shares.js';

/** Takes one unit after the other for as long as it may. */
function fill(shares: FairShares, tenantId: string, laneId: string, amount = 1): number {
  let taken = 0;
  for (; shares.mayTake(tenantId, laneId, amount); taken += amount) shares.take(tenantId, laneId, amount);
  return taken;
}

describe('fair shares', () => {
  it('give one lane half, and its tenant four fifths', () => {
    const shares = new FairShares(1_000);
    expect(fill(shares, 'a', 'a1')).toBe(500);
    expect(fill(shares, 'a', 'a2')).toBe(250);
    expect(fill(shares, 'a', 'a3')).toBe(50);
    expect(shares).toMatchObject({ used: 800, free: 200, users: 3 });
  });

  it('let further lanes of a tenant above its share in one by one, down to the last eighth', () => {
    const shares = new FairShares(800);
    for (let lane = 0; lane < 1_000; lane++) {
      if (shares.mayTake('a', `a${lane}`, 1)) shares.take('a', `a${lane}`, 1);
    }
    expect(shares.free).toBe(100);
    expect(shares.mayTake('a', 'a0', 1)).toBe(false);
    expect(fill(shares, 'b', 'b1')).toBe(50);
  });

  it('grow again when others give back', () => {
    const shares = new FairShares(100);
    shares.take('a', 'a1', 50);
    expect(shares.mayTake('a', 'a1', 1)).toBe(false);
    shares.take('b', 'b1', 10);
    shares.giveBack('a', 'a1', 20);
    expect(shares.mayTake('a', 'a1', 20)).toBe(true);
  });

  it('let one piece pass that is larger than everything, alone', () => {
    const shares = new FairShares(100);
    expect(shares.mayTake('a', 'a1', 1_000)).toBe(true);
    shares.take('a', 'a1', 1_000);
    expect(shares.free).toBe(0);
    expect(shares.mayTake('b', 'b1', 1)).toBe(false);
  });

  it('tell whether the share is exhausted or only room is missing', () => {
    const shares = new FairShares(100);
    shares.take('a', 'a1', 60);
    expect(shares.isExhausted('a', 'a1', 1)).toBe(true);
    expect(shares.isExhausted('b', 'b1', 50)).toBe(false);
    expect(shares.mayTake('b', 'b1', 50)).toBe(false);
  });

  it('never give out more than there is, leave an eighth to newcomers whatever one tenant does, and forget who holds nothing', () => {
    const step = fc.record({ lane: fc.integer({ min: 0, max: 30 }), amount: fc.integer({ min: 1, max: 20 }) });
    // Pieces up to about an eleventh of the limit: a larger one may reach into the last eighth.
    const limit = fc.integer({ min: 220, max: 1_000 });
    fc.assert(
      fc.property(limit, fc.array(step, { maxLength: 300 }), fc.infiniteStream(fc.boolean()), (most, steps, coin) => {
        const shares = new FairShares(most);
        const taken: typeof steps = [];
        for (const { lane, amount } of steps) {
          if (shares.mayTake('hog', `hog-${lane}`, amount)) {
            shares.take('hog', `hog-${lane}`, amount);
            taken.push({ lane, amount });
          }
          const back = coin.next().value === true && amount % 3 === 0 ? taken.pop() : undefined;
          if (back) shares.giveBack('hog', `hog-${back.lane}`, back.amount);
          expect(shares.used).toBe(taken.reduce((sum, one) => sum + one.amount, 0));
          expect(shares.free).toBeGreaterThanOrEqual(Math.floor(most / 8));
          expect(shares.mayTake('new', 'new', 20)).toBe(true);
        }
        for (const { lane, amount } of taken) shares.giveBack('hog', `hog-${lane}`, amount);
        expect(shares).toMatchObject({ used: 0, users: 0 });
      }),
    );
  });

  it('never give out more than the limit to many tenants, and let a tenant that holds nothing take whatever fits', () => {
    const step = fc.record({
      tenant: fc.integer({ min: 0, max: 9 }),
      lane: fc.integer({ min: 0, max: 3 }),
      amount: fc.integer({ min: 1, max: 40 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const shares = new FairShares(100);
        for (const { tenant, lane, amount } of steps) {
          expect(shares.mayTake('new', 'new', amount)).toBe(shares.used === 0 || amount <= shares.free);
          if (shares.mayTake(`${tenant}`, `${tenant}-${lane}`, amount)) {
            shares.take(`${tenant}`, `${tenant}-${lane}`, amount);
          }
          expect(shares.used).toBeLessThanOrEqual(100);
        }
      }),
    );
  });
});
