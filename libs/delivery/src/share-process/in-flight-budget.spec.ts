import { setImmediate as turn } from 'node:timers/promises';
import { InFlightBudget } from './in-flight-budget.js';
import type { Sharer } from './share-line.js';

describe('the budget of attempts in flight', () => {
  const lane = (name: string, tenantId = name): Sharer => ({ tenantId, endpointId: name });

  /** Begins whatever it may. */
  function fill(budget: InFlightBudget, of: Sharer): number {
    let begun = 0;
    for (; begun < 1_000 && budget.mayBegin(of); begun++) budget.begin(of);
    return begun;
  }

  it('gives one lane half, and always leaves room for one that has none', () => {
    const budget = new InFlightBudget(100);
    expect(fill(budget, lane('a'))).toBe(50);
    expect(fill(budget, lane('b'))).toBe(25);
    expect(budget.mayBegin(lane('c'))).toBe(true);
    expect(budget.inFlight).toBe(75);
  });

  it('calls back whoever waits when something ended, oldest first, once, and not from inside the call', async () => {
    const budget = new InFlightBudget(2);
    for (const name of ['a', 'b']) budget.begin(lane(name));
    const called: string[] = [];
    for (const name of ['c', 'd', 'c']) {
      expect(budget.mayBegin(lane(name))).toBe(false);
      budget.whenRoom(lane(name), () => {
        called.push(name);
        budget.begin(lane(name));
      });
    }
    await turn();
    budget.end(lane('a'));
    expect(called).toEqual([]);
    expect(budget.mayBegin(lane('e'))).toBe(false);
    await turn();
    expect(called).toEqual(['c']);
    budget.end(lane('b'));
    budget.end(lane('c'));
    await turn();
    expect(called).toEqual(['c', 'd']);
    expect(budget.waiting).toBe(0);
  });

  it('loses no callback: not of one that came when there was room again, nor of those behind one that does not begin', async () => {
    const budget = new InFlightBudget(1);
    budget.begin(lane('a'));
    budget.end(lane('a'));
    const called: string[] = [];
    for (const name of ['b', 'c']) budget.whenRoom(lane(name), () => called.push(name));
    await turn();
    expect(called).toEqual(['b', 'c']);
  });

  it('calls a lane that has exhausted its share when it may have more, and lets nobody wait behind it', async () => {
    const budget = new InFlightBudget(10);
    fill(budget, lane('a'));
    const called: string[] = [];
    budget.whenRoom(lane('a'), () => called.push('a'));
    await turn();
    expect(called).toEqual([]);
    expect(budget.mayBegin(lane('b'))).toBe(true);
    budget.end(lane('a'));
    await turn();
    expect(called).toEqual(['a']);
  });

  it('forgets a lane, and those behind it move up', async () => {
    const budget = new InFlightBudget(1);
    budget.begin(lane('a'));
    const called: string[] = [];
    for (const name of ['b', 'c']) budget.whenRoom(lane(name), () => called.push(name));
    budget.forget(lane('b'));
    budget.forget(lane('b'));
    budget.end(lane('a'));
    await turn();
    expect(called).toEqual(['c']);
    expect(budget.mayBegin(lane('d'))).toBe(true);
  });

  it('serves a lane that waits again from inside its callback after the others', async () => {
    const budget = new InFlightBudget(1);
    budget.begin(lane('x'));
    const called: string[] = [];
    const wait = (name: string): void => {
      budget.whenRoom(lane(name), () => {
        called.push(name);
        budget.begin(lane(name));
        if (called.length < 6) wait(name);
      });
    };
    for (const name of ['a', 'b']) wait(name);
    budget.end(lane('x'));
    for (let step = 0; step < 5; step++) {
      await turn();
      budget.end(lane(called.at(-1)!));
    }
    await turn();
    expect(called).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  });
});
