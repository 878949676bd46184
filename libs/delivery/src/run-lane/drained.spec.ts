import { Drained } from './drained.js';

describe('what a lane knows of its two lines', () => {
  const NOTHING = { backlog: 0, fresh: 0, replayed: 0 };
  const WINDOW = 4;
  let now: number;
  let drained: Drained;

  beforeEach(() => {
    now = 1_000;
    drained = new Drained(() => now);
  });

  const claimed = (allLive: boolean, allReplayed: boolean) => {
    drained.claimed({ allLive, allReplayed }, now);
  };

  it('wants something live for as long as a window of it is not at hand', () => {
    expect(drained.wantsMore(NOTHING, WINDOW)).toBe(true);
    expect(drained.wantsMore({ ...NOTHING, backlog: 2, fresh: 2 }, WINDOW)).toBe(false);
    claimed(true, true);
    expect(drained.wantsMore(NOTHING, WINDOW)).toBe(false);
    expect(drained.all).toBe(true);
  });

  it('lets no replay go while more that is live waits, whatever is left of the replay', () => {
    expect(drained.letsReplay).toBe(false);
    claimed(false, true);
    expect(drained.letsReplay).toBe(false);
    expect(drained.all).toBe(false);
    claimed(true, false);
    expect(drained.letsReplay).toBe(true);
    drained.lookAgain();
    expect(drained.letsReplay).toBe(false);
  });

  it('wants more of a replay once the live line is drained, up to a window of both', () => {
    claimed(true, false);
    expect(drained.wantsMore({ ...NOTHING, fresh: 1, replayed: 2 }, WINDOW)).toBe(true);
    expect(drained.wantsMore({ ...NOTHING, fresh: 1, replayed: 3 }, WINDOW)).toBe(false);
  });

  it('looks for something live again before a replay goes on, a tenth of a second after the last look', () => {
    claimed(true, true);
    now += 99;
    expect([drained.letsReplay, drained.wantsMore({ ...NOTHING, replayed: 9 }, WINDOW)]).toEqual([true, false]);
    now += 1;
    expect([drained.letsReplay, drained.wantsMore({ ...NOTHING, replayed: 9 }, WINDOW)]).toEqual([false, true]);
    // With nothing of a replay at hand there is no hurry: wakes and the tick see to that.
    expect(drained.wantsMore(NOTHING, WINDOW)).toBe(false);
  });
});
