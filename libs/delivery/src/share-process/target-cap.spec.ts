import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { TargetShare } from '#core';
import { TargetCap } from './target-cap.js';
import type { TargetVisitor } from './target-cap.js';

function capOf(limit: number, live = 1): TargetCap {
  const cap = new TargetCap(new TargetShare(limit), () => 0);
  cap.shareAmong(live);
  return cap;
}

/** Says who was let in, in order. */
class Visitor implements TargetVisitor {
  static log: string[] = [];
  has = false;

  constructor(
    readonly name: string,
    readonly tenantId: string,
    readonly keys: readonly string[],
  ) {}

  onRoom(): void {
    this.has = true;
    Visitor.log.push(this.name);
  }

  ask(cap: TargetCap): boolean {
    this.has = cap.ask(this);
    return this.has;
  }

  end(cap: TargetCap): void {
    this.has = false;
    for (const key of this.keys) cap.giveBack(key);
  }
}

const inLine = (cap: TargetCap, names: readonly string[], keys: readonly string[]) =>
  names.map((name) => {
    const visitor = new Visitor(name, name.charAt(0), keys);
    visitor.ask(cap);
    return visitor;
  });

describe('the cap of a target', () => {
  beforeEach(() => (Visitor.log = []));

  it('lets so many in, and the next as soon as one has ended', async () => {
    const cap = capOf(2);
    const [first, second, third] = inLine(cap, ['a', 'b', 'c'], ['one.example']);
    expect([first!.has, second!.has, third!.has]).toEqual([true, true, false]);
    first!.end(cap);
    await turn();
    expect([third!.has, cap.waiting]).toEqual([true, 0]);
  });

  it('has tenants take turns, and is first come, first served within one', async () => {
    const cap = capOf(1);
    const [holder, ...rest] = inLine(cap, ['h', 'a1', 'a2', 'a3', 'b1', 'c1', 'b2'], ['one.example']);
    let ending = holder!;
    while (Visitor.log.length < rest.length) {
      ending.end(cap);
      await turn();
      ending = rest.find(({ name }) => name === Visitor.log.at(-1))!;
    }
    expect(Visitor.log).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('lets nobody overtake those who wait, who comes in the same turn neither', async () => {
    const cap = capOf(1);
    const [holder, waiting] = inLine(cap, ['h', 'a'], ['one.example']);
    holder!.end(cap);
    expect(new Visitor('b', 'b', ['one.example']).ask(cap)).toBe(false);
    expect(cap.mayTake('one.example')).toBe(false);
    await turn();
    expect([waiting!.has, Visitor.log]).toEqual([true, ['a']]);
  });

  it('keeps targets apart', () => {
    const cap = capOf(1);
    inLine(cap, ['a', 'b'], ['one.example']);
    expect(new Visitor('c', 'c', ['two.example']).ask(cap)).toBe(true);
  });

  it('takes room under the domain and the address together', async () => {
    const cap = capOf(1);
    const [other] = inLine(cap, ['o'], ['two.example', '192.0.2.1']);
    const [both] = inLine(cap, ['a'], ['one.example', '192.0.2.1']);
    expect(both!.has).toBe(false);
    other!.end(cap);
    await turn();
    expect(both!.has).toBe(true);
  });

  it('lets in whoever waits for two while others keep both busy in turn', async () => {
    const cap = capOf(1);
    const names = ['one.example', '192.0.2.1'];
    const holders = names.map((key, n) => inLine(cap, [`${n}`], [key])[0]!);
    const [both] = inLine(cap, ['w'], names);
    for (let n = 0; n < 20 && !both!.has; n += 1) {
      const [next] = inLine(cap, [`${n % 2}`], [names[n % 2]!]);
      holders[n % 2]!.end(cap);
      holders[n % 2] = next!;
      await turn();
    }
    expect(both!.has).toBe(true);
  });

  it('gives what a visitor had to the next when it waits no longer', async () => {
    const cap = capOf(1);
    const address = inLine(cap, ['o'], ['192.0.2.1'])[0]!;
    const [left] = inLine(cap, ['a'], ['one.example', '192.0.2.1']);
    const [next] = inLine(cap, ['b'], ['one.example']);
    cap.forget(left!);
    await turn();
    expect([next!.has, cap.waiting]).toEqual([true, 0]);
    address.end(cap);
    next!.end(cap);
    expect(cap.targets).toBe(0);
  });

  it('is smaller as soon as another dispatcher lives: nothing more begins until enough has ended', async () => {
    const cap = capOf(4);
    const held = inLine(cap, ['a', 'b', 'c', 'd'], ['one.example']);
    cap.shareAmong(2);
    const [waiting] = inLine(cap, ['e'], ['one.example']);
    for (const one of held.slice(0, 2)) one.end(cap);
    await turn();
    expect(waiting!.has).toBe(false);
    held[2]!.end(cap);
    await turn();
    expect(waiting!.has).toBe(true);
  });

  it('wakes those who wait when it grows', async () => {
    let now = 0;
    const cap = new TargetCap(new TargetShare(4), () => now);
    cap.shareAmong(4);
    const [, waiting] = inLine(cap, ['a', 'b'], ['one.example']);
    now += 60_000;
    cap.shareAmong(1);
    await turn();
    expect(waiting!.has).toBe(true);
  });

  it('holds nobody up where there is none', () => {
    const cap = capOf(0);
    expect(
      inLine(
        cap,
        Array.from({ length: 5_000 }, (_, n) => `${n}`),
        ['one.example'],
      ).every(({ has }) => has),
    ).toBe(true);
  });

  it('lets everybody in, in the end, and has nothing left, whoever comes, leaves and ends when', async () => {
    const keys = fc.oneof(
      fc.constantFrom('d1', 'd2').map((key) => [key]),
      fc.constantFrom('a1', 'a2').map((key) => [key]),
      fc.tuple(fc.constantFrom('d1', 'd2'), fc.constantFrom('a1', 'a2')).map((both) => [...both]),
    );
    const step = fc.record({
      keys,
      tenant: fc.constantFrom('x', 'y', 'z'),
      act: fc.constantFrom('come', 'come', 'end', 'leave', 'turn'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const cap = capOf(2);
        const visitors = new Set<Visitor>();
        const over = (visitor: Visitor | undefined): void => {
          if (!visitor) return;
          if (visitor.has) visitor.end(cap);
          else cap.forget(visitor);
          visitors.delete(visitor);
        };
        const within = (): void => {
          for (const key of ['d1', 'd2', 'a1', 'a2'])
            expect([...visitors].filter((one) => one.has && one.keys.includes(key)).length).toBeLessThanOrEqual(2);
        };
        for (const { keys: wanted, tenant, act } of steps) {
          if (act === 'come') {
            const visitor = new Visitor('v', tenant, wanted);
            visitors.add(visitor);
            visitor.ask(cap);
          } else if (act === 'end') over([...visitors].find((one) => one.has));
          else if (act === 'leave') over([...visitors].find((one) => !one.has));
          else await turn();
          within();
        }
        while (visitors.size > 0) {
          await turn();
          within();
          const inside = [...visitors].filter((one) => one.has);
          expect(inside.length).toBeGreaterThan(0);
          for (const one of inside) over(one);
        }
        expect([cap.waiting, cap.targets]).toEqual([0, 0]);
      }),
      { numRuns: 200 },
    );
  });
});
