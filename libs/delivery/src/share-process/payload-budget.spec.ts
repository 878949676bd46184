import { setImmediate as turn } from 'node:timers/promises';
import { PayloadBudget } from './payload-budget.js';
import type { Sharer } from './share-line.js';

describe('the byte budget', () => {
  const lane = (name: string, tenantId = name): Sharer => ({ tenantId, endpointId: name });

  it('gives as many of the pieces as fit the share, in their order', async () => {
    const budget = new PayloadBudget(100);
    expect(await budget.take([20, 20, 20, 5], lane('a'))).toBe(3);
    expect(await budget.take([], lane('b'))).toBe(0);
    expect(budget.bytesHeld).toBe(60);
  });

  it('lets wait what does not fit, first come first served, and lets nobody overtake', async () => {
    const budget = new PayloadBudget(100);
    await budget.take([80], lane('a'));
    const order: string[] = [];
    const large = budget.take([50], lane('b')).then(() => order.push('large'));
    const small = budget.take([10], lane('c')).then(() => order.push('small'));
    await turn();
    expect(order).toEqual([]);
    budget.giveBack(80, lane('a'));
    const late = budget.take([10], lane('d')).then(() => order.push('late'));
    await Promise.all([large, small, late]);
    expect(order).toEqual(['large', 'small', 'late']);
    expect(budget.bytesHeld).toBe(70);
  });

  it('lets whoever has exhausted its share wait aside until it may hold more', async () => {
    const budget = new PayloadBudget(100);
    await budget.take([40], lane('a'));
    let more = 0;
    const waiting = budget.take([30], lane('a')).then((count) => (more = count));
    expect(await budget.take([20], lane('b'))).toBe(1);
    await turn();
    expect(more).toBe(0);
    budget.giveBack(40, lane('a'));
    await waiting;
    expect(budget.bytesHeld).toBe(50);
  });

  it('is never used up by one tenant whose receivers hang', async () => {
    const budget = new PayloadBudget(6_400);
    let served = 0;
    const hung = Array.from({ length: 500 }, (_, n) =>
      budget.take(Array<number>(50).fill(25), lane(`hung-${n}`, 'hung')).then(() => (served += 1)),
    );
    await turn();
    expect(served).toBeLessThan(500);
    expect(await budget.take([250, 250], lane('healthy'))).toBe(2);
    budget.giveBack(500, lane('healthy'));
    expect(budget.bytesHeld).toBeLessThanOrEqual(5_600);
    expect(hung).toHaveLength(500);
  });

  it('lets one pass that is larger than all of it, alone', async () => {
    const budget = new PayloadBudget(100);
    expect(await budget.take([1_000, 1], lane('a'))).toBe(1);
    let passed = false;
    const next = budget.take([1], lane('b')).then(() => (passed = true));
    await turn();
    expect(passed).toBe(false);
    budget.giveBack(1_000, lane('a'));
    await next;
  });
});
