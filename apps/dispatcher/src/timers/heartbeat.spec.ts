import type { LiveDispatchers } from '#persistence';
import { Heartbeat } from './heartbeat.js';

/** A dispatcher among others, of which the test says what there is. */
class World {
  staying = 90;
  isAble = true;
  busyNow = 0.1;
  answer: LiveDispatchers | Error = { live: 1, lanes: 90, leastBusy: null };
  readonly reasons = new Set<string>();
  readonly log: string[] = [];
  readonly heard: number[] = [];

  readonly heartbeat = new Heartbeat(this, this, {
    busy: () => this.busyNow,
    beat: async (lanes) => {
      this.log.push(`beat ${lanes}`);
      if (this.answer instanceof Error) throw this.answer;
      return this.answer;
    },
    heard: (live) => this.heard.push(live),
    remove: async () => void this.log.push('remove'),
  });

  hold = (reason: string): void => void this.reasons.add(reason);
  resume = (reason: string): void => void this.reasons.delete(reason);
  handOver = (count: number): void => {
    this.log.push(`hand over ${count}`);
    this.staying -= count;
  };

  get fetches(): boolean {
    return this.reasons.size === 0;
  }
}

const AMONG_THREE: LiveDispatchers = { live: 3, lanes: 90, leastBusy: 0.1 };

describe('the heartbeat of a dispatcher', () => {
  it('lets a dispatcher alone fetch and keep everything', async () => {
    const world = new World();
    await world.heartbeat.round();
    expect(world.fetches).toBe(true);
    expect(world.log).toEqual(['beat 90']);
  });

  it('holds above the share, hands over until it is even, and fetches again', async () => {
    const world = new World();
    world.answer = AMONG_THREE;
    await world.heartbeat.round();
    expect(world.fetches).toBe(false);
    for (let beat = 1; beat < 4; beat++) await world.heartbeat.round();
    expect(world.fetches).toBe(true);
    expect(world.log.filter((line) => line.startsWith('hand'))).toEqual([
      'hand over 30',
      'hand over 20',
      'hand over 10',
    ]);
  });

  it('passes on how many live, which the cap of a target is divided by', async () => {
    const world = new World();
    await world.heartbeat.round();
    world.answer = AMONG_THREE;
    await world.heartbeat.round();
    expect(world.heard).toEqual([1, 3]);
  });

  it('fetches again by the next beat when its peers have vanished', async () => {
    const world = new World();
    world.answer = AMONG_THREE;
    await world.heartbeat.round();
    world.answer = { live: 1, lanes: 60, leastBusy: null };
    await world.heartbeat.round();
    expect(world.fetches).toBe(true);
  });

  it('fetches again when a beat fails, and says what went wrong', async () => {
    const world = new World();
    world.answer = AMONG_THREE;
    await world.heartbeat.round();
    world.answer = new Error('away');
    await expect(world.heartbeat.round()).rejects.toThrow('away');
    expect(world.fetches).toBe(true);
  });

  it('hands over when its event loop is too busy and another is idle', async () => {
    const world = new World();
    world.answer = { live: 2, lanes: 180, leastBusy: 0.2 };
    world.busyNow = 0.99;
    await world.heartbeat.round();
    expect(world.fetches).toBe(false);
    expect(world.log).toEqual(['beat 90', 'hand over 4']);
  });

  it('is not counted while it could not take lanes, and undoes no reason but its own', async () => {
    const world = new World();
    world.answer = AMONG_THREE;
    await world.heartbeat.round();
    world.isAble = false;
    world.hold('skew');
    await world.heartbeat.round();
    await world.heartbeat.round();
    expect(world.log).toEqual(['beat 90', 'hand over 30', 'remove']);
    expect([...world.reasons]).toEqual(['skew']);
    world.isAble = true;
    await world.heartbeat.round();
    expect(world.log.at(-2)).toBe('beat 60');
  });

  it('is removed after the beat under way when the process stops, decides nothing any more and never comes back', async () => {
    const world = new World();
    world.answer = AMONG_THREE;
    const beat = world.heartbeat.round();
    world.hold('stopping');
    await Promise.all([world.heartbeat.leave(), beat]);
    await world.heartbeat.round();
    expect(world.log).toEqual(['beat 90', 'remove']);
    expect([...world.reasons]).toEqual(['stopping']);
  });
});
