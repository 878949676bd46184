import { ClockWatch } from './clock-watch.js';

/** A dispatcher whose clock is as far off as the test says. */
class World {
  skew = 0;
  known = true;
  staying = 3;
  held = false;
  readonly told: string[] = [];
  readonly watch = new ClockWatch(
    { isWithin: () => this.known, skewMs: () => this.skew },
    this,
    { hold: () => void (this.held = true), resume: () => void (this.held = false) },
    (message) => this.told.push(message),
  );

  handOver = (count: number): void => void (this.staying -= count);
}

describe('a dispatcher whose clock', () => {
  it.each([2_000, -2_000, 0])('is %d ms off works lanes and is ready', (skew) => {
    const world = new World();
    world.skew = skew;
    world.watch.look();
    expect([world.held, world.staying, world.told]).toEqual([false, 3, []]);
    expect(() => {
      world.watch.expectRight();
    }).not.toThrow();
  });

  it.each([
    [600_000, 'ahead of'],
    [-600_000, 'behind'],
  ])('is %d ms off fetches nothing, hands over all lanes, is not ready, and says so once', (skew, where) => {
    const world = new World();
    world.skew = skew;
    for (let n = 0; n < 3; n += 1) world.watch.look();
    expect([world.held, world.staying]).toEqual([true, 0]);
    const sentence = `this machine's clock is 600000 ms ${where} the database's`;
    expect(world.told).toEqual([`${sentence}: it works no lanes until that is right`]);
    expect(() => {
      world.watch.expectRight();
    }).toThrow(sentence);
  });

  it('was off and is right again works lanes, and says so once', () => {
    const world = new World();
    world.skew = 600_000;
    world.watch.look();
    world.skew = 10;
    for (let n = 0; n < 3; n += 1) world.watch.look();
    expect(world.held).toBe(false);
    expect(world.told.slice(1)).toEqual(["this machine's clock is right again: it works lanes"]);
  });

  it('cannot be compared, since the database’s is not known, works no lanes', () => {
    const world = new World();
    world.known = false;
    world.watch.look();
    expect([world.held, world.staying]).toEqual([true, 0]);
  });
});
