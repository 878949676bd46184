import { LaneSlots } from './lane-slots.js';
import type { SlotUser } from './lane-slots.js';

const SLICE_MS = 1_000;

class FakeLane implements SlotUser {
  has = 0;
  asked = 0;
  constructor(
    readonly tenantId: string,
    readonly name: string,
    readonly isFailing = false,
    private readonly answers: { onSlot?: () => void; onYield?: () => void } = {},
  ) {}
  onSlot(): void {
    this.has += 1;
    this.answers.onSlot?.();
  }
  onYield(): void {
    this.asked += 1;
    this.answers.onYield?.();
  }
}

describe('the slots of a process', () => {
  let now: number;
  beforeEach(() => (now = 0));

  const slots = (capacity: number) => new LaneSlots(capacity, SLICE_MS, () => now);
  const lanes = (count: number, tenantId: string, isFailing = false) =>
    Array.from({ length: count }, (_, n) => new FakeLane(tenantId, `${tenantId}${n}`, isFailing));
  const requestAll = (shared: LaneSlots, users: readonly FakeLane[]) => {
    for (const user of users) shared.request(user);
    return users;
  };
  const asked = (users: readonly FakeLane[]) => users.filter((user) => user.asked > 0).length;

  it('come at once while one is free, and then to whoever waits when one is left', () => {
    const shared = slots(1);
    const [first, second] = requestAll(shared, lanes(2, 'a'));
    expect([first!.has, second!.has]).toEqual([1, 0]);
    expect(shared).toMatchObject({ held: 1, waiting: 1, othersWait: true });
    shared.leave(first!);
    expect(second!.has).toBe(1);
    expect(shared).toMatchObject({ held: 1, waiting: 0, othersWait: false });
  });

  it('are asked for and given up once, however often somebody says so', () => {
    const shared = slots(1);
    const [holder, waiter] = lanes(2, 'a');
    for (const user of [holder!, holder!, waiter!, waiter!]) shared.request(user);
    expect(shared).toMatchObject({ held: 1, waiting: 1 });
    shared.leave(waiter!);
    shared.leave(waiter!);
    shared.moving(waiter!);
    shared.blocked(waiter!);
    expect(shared).toMatchObject({ held: 1, waiting: 0 });
    expect(holder!.asked).toBe(0);
  });

  it('go to the tenants in turn, and to the lanes of a tenant first come, first served', () => {
    const shared = slots(1);
    const order: string[] = [];
    const line = [...lanes(3, 'a'), ...lanes(2, 'b'), ...lanes(1, 'c')].map(
      ({ tenantId, name }) => new FakeLane(tenantId, name, false, { onSlot: () => order.push(name) }),
    );
    requestAll(shared, line);
    while (shared.held > 0) shared.leave(line.find(({ name }) => name === order.at(-1))!);
    expect(order).toEqual(['a0', 'a1', 'b0', 'c0', 'a2', 'b1']);
  });

  describe('of holders that have nothing to do', () => {
    it('are asked back at once when somebody waits', () => {
      const shared = slots(2);
      const [busy, idle] = requestAll(shared, lanes(2, 'a'));
      shared.blocked(idle!);
      expect(idle!.asked).toBe(0);
      requestAll(shared, lanes(1, 'b'));
      expect([busy!.asked, idle!.asked]).toEqual([0, 1]);
    });

    it('are asked back as soon as they have nothing to do, if somebody waits already', () => {
      const shared = slots(1);
      const [holder] = requestAll(shared, lanes(2, 'a'));
      expect(holder!.asked).toBe(0);
      shared.blocked(holder!);
      shared.moving(holder!);
      shared.blocked(holder!);
      shared.tick();
      expect(holder!.asked).toBe(1);
    });

    it('are left to those that work again', () => {
      const shared = slots(1);
      const [holder] = requestAll(shared, lanes(1, 'a'));
      shared.blocked(holder!);
      shared.moving(holder!);
      requestAll(shared, lanes(1, 'b'));
      expect(holder!.asked).toBe(0);
    });

    it('are asked back of the tenant that holds the most, only as many as wait', () => {
      const shared = slots(5);
      const few = requestAll(shared, lanes(2, 'a'));
      const many = requestAll(shared, lanes(3, 'b'));
      for (const user of [...few, ...many]) shared.blocked(user);
      requestAll(shared, lanes(1, 'c'));
      expect([asked(few), asked(many)]).toEqual([0, 1]);
      requestAll(shared, lanes(2, 'd'));
      expect([asked(few), asked(many)]).toEqual([1, 2]);
    });

    it('are not passed round for ever by lanes that are blocked as soon as they have one', () => {
      const shared = slots(1);
      const restless = (name: string) => {
        const lane: FakeLane = new FakeLane('a', name, false, {
          onSlot: () => {
            shared.blocked(lane);
          },
          onYield: () => {
            shared.leave(lane);
            shared.request(lane);
          },
        });
        return lane;
      };
      const [one, other] = [restless('one'), restless('other')];
      requestAll(shared, [one, other]);
      expect(one.has + other.has).toBeLessThan(5);
      const before = other.has + one.has;
      shared.tick();
      expect(other.has + one.has).toBeGreaterThan(before);
    });
  });

  describe('of holders past their slice', () => {
    it('are asked back at a tick, once, and only while others wait', () => {
      const shared = slots(1);
      const [holder] = requestAll(shared, lanes(1, 'a'));
      now = SLICE_MS;
      shared.tick();
      const [waiter] = requestAll(shared, lanes(1, 'b'));
      expect(holder!.asked).toBe(0);
      shared.tick();
      shared.tick();
      expect(holder!.asked).toBe(1);
      shared.leave(holder!);
      expect(waiter!.has).toBe(1);
      shared.request(holder!);
      shared.tick();
      expect(waiter!.asked).toBe(0);
    });

    it('are asked back of the tenant that holds the most until it holds no more than the next', () => {
      const shared = slots(10);
      const many = requestAll(shared, lanes(7, 'a'));
      const few = requestAll(shared, lanes(3, 'b'));
      requestAll(shared, lanes(6, 'c'));
      now = SLICE_MS;
      shared.tick();
      expect([asked(many), asked(few)]).toEqual([5, 1]);
    });

    it('are asked back of others when those that were asked take longer than a slice', () => {
      const shared = slots(2);
      const holders = requestAll(shared, lanes(2, 'a'));
      requestAll(shared, lanes(1, 'b'));
      now = SLICE_MS;
      shared.tick();
      expect(asked(holders)).toBe(1);
      now = 2 * SLICE_MS - 1;
      shared.tick();
      expect(asked(holders)).toBe(1);
      now = 2 * SLICE_MS;
      shared.tick();
      shared.tick();
      expect(holders.map((holder) => holder.asked)).toEqual([1, 1]);
    });
  });

  describe('of failing lanes', () => {
    it('are all but an eighth while nobody else wants any, so that a healthy lane finds one', () => {
      const shared = slots(16);
      requestAll(shared, lanes(20, 'a', true));
      expect(shared).toMatchObject({ held: 14, waiting: 6 });
      const healthy = requestAll(shared, lanes(2, 'b'));
      expect(healthy.every(({ has }) => has === 1)).toBe(true);
    });

    it('are at most half while healthy lanes wait, in turn with theirs', () => {
      const shared = slots(8);
      const first = requestAll(shared, lanes(8, 'a'));
      const failing = requestAll(shared, lanes(8, 'b', true));
      const healthy = requestAll(shared, lanes(8, 'c'));
      for (const user of first) shared.leave(user);
      expect(failing.filter(({ has }) => has > 0)).toHaveLength(4);
      expect(healthy.filter(({ has }) => has > 0)).toHaveLength(4);
    });

    it('are asked back first while they are more than half and healthy lanes wait', () => {
      const shared = slots(8);
      const failing = requestAll(shared, lanes(7, 'a', true));
      const healthy = requestAll(shared, lanes(1, 'b'));
      for (const user of [...healthy, ...failing]) shared.blocked(user);
      requestAll(shared, lanes(3, 'c'));
      expect([asked(failing), asked(healthy)]).toEqual([3, 0]);
    });

    it('at their limit wait for each other: no healthy holder is asked for them', () => {
      const shared = slots(8);
      const failing = requestAll(shared, lanes(7, 'a', true));
      const healthy = requestAll(shared, lanes(1, 'b'));
      requestAll(shared, lanes(5, 'c', true));
      now = SLICE_MS;
      shared.tick();
      expect([asked(failing), asked(healthy)]).toEqual([5, 0]);
    });

    it('never keep the only slot from anybody for longer than a slice', () => {
      const shared = slots(1);
      const [failing] = requestAll(shared, lanes(1, 'a', true));
      const [healthy] = requestAll(shared, lanes(1, 'b'));
      now = SLICE_MS;
      shared.tick();
      shared.leave(failing!);
      expect(healthy!.has).toBe(1);
    });
  });

  it('pass from hand to hand without deep recursion, however many wait', () => {
    const shared = slots(1);
    const [holder] = requestAll(shared, lanes(1, 'a'));
    const brief = Array.from({ length: 20_000 }, (_, n) => {
      const lane: FakeLane = new FakeLane(`t${n % 100}`, `${n}`, false, {
        onSlot: () => {
          shared.leave(lane);
        },
      });
      return lane;
    });
    requestAll(shared, brief);
    shared.leave(holder!);
    expect(brief.every(({ has }) => has === 1)).toBe(true);
    expect(shared).toMatchObject({ held: 0, waiting: 0 });
  });

  it('are kept in good order over any sequence of events', () => {
    const shared = slots(50);
    let seed = 1;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const all = Array.from({ length: 2_000 }, (_, n) => new FakeLane(`t${random(40)}`, `${n}`, n % 5 === 0));
    for (let step = 0; step < 100_000; step++) {
      const lane = all[random(all.length)]!;
      const acts = [shared.request, shared.request, shared.leave, shared.blocked, shared.moving];
      acts[random(acts.length)]!.call(shared, lane);
      now += 1;
      if (step % 250 === 0) shared.tick();
      if (shared.held > 50 || (shared.held < 44 && shared.waiting > 0)) throw new Error(`${shared.held} of 50 held`);
    }
    for (const lane of all) shared.leave(lane);
    expect(shared).toMatchObject({ held: 0, waiting: 0 });
    expect(requestAll(shared, lanes(51, 'a')).filter(({ has }) => has === 1)).toHaveLength(50);
  });
});
