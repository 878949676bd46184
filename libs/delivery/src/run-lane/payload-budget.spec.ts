import { PayloadBudget } from './payload-budget.js';

describe('the byte budget', () => {
  it('lets wait what does not fit, first come first served', async () => {
    const budget = new PayloadBudget(100);
    await budget.take(80);
    const order: string[] = [];
    const large = budget.take(50).then(() => order.push('large'));
    const small = budget.take(10).then(() => order.push('small'));
    await Promise.resolve();
    expect(order).toEqual([]);
    budget.giveBack(80);
    await Promise.all([large, small]);
    expect(order).toEqual(['large', 'small']);
    expect(budget.bytesHeld).toBe(60);
  });

  it('lets one pass that is larger than all of it, alone', async () => {
    const budget = new PayloadBudget(100);
    await budget.take(1_000);
    let passed = false;
    const next = budget.take(1).then(() => (passed = true));
    await Promise.resolve();
    expect(passed).toBe(false);
    budget.giveBack(1_000);
    await next;
  });
});
