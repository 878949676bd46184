import { Deadlines, type Expiring } from './deadlines.js';

class Entry implements Expiring {
  deadlineTick = 0;
  readonly expiredAt: number[] = [];
  constructor(private readonly now: () => number) {}
  onDeadline(): void {
    this.expiredAt.push(this.now());
  }
}

describe('deadlines', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const now = (): number => performance.now(); // faked too
  const running = (): number => jest.getTimerCount();

  it.each([0, 1, 19, 20, 21, 1000, 15_000, 40_959, 40_960, 41_000, 300_000])(
    'of %i ms are met at most 40 ms late, never early, once',
    (ms) => {
      const deadlines = new Deadlines(now);
      jest.advanceTimersByTime(7);
      const entry = new Entry(now);
      const start = now();
      deadlines.add(entry, ms);
      jest.advanceTimersByTime(ms + 60_000);
      expect(entry.expiredAt).toHaveLength(1);
      expect(entry.expiredAt[0]! - start).toBeGreaterThanOrEqual(ms);
      expect(entry.expiredAt[0]! - start).toBeLessThanOrEqual(ms + 40);
    },
  );

  it('do not pass for what was removed', () => {
    const deadlines = new Deadlines(now);
    const [removed, kept] = [new Entry(now), new Entry(now)];
    deadlines.add(removed, 100);
    deadlines.add(kept, 100);
    deadlines.remove(removed);
    deadlines.remove(removed);
    jest.advanceTimersByTime(1000);
    expect(removed.expiredAt).toEqual([]);
    expect(kept.expiredAt).toHaveLength(1);
  });

  it('are all met after the process stood still', () => {
    let skipped = 0;
    const deadlines = new Deadlines(() => now() + skipped);
    const entries = [50, 5000, 39_000, 100_000].map((ms) => {
      const entry = new Entry(now);
      deadlines.add(entry, ms);
      return entry;
    });
    skipped = 10 * 60_000;
    jest.advanceTimersByTime(20); // sockets are read first,
    jest.advanceTimersByTime(1); // then it is done
    expect(entries.map((entry) => entry.expiredAt.length)).toEqual([1, 1, 1, 1]);
  });

  it('may be added and removed by what expires', () => {
    const deadlines = new Deadlines(now);
    const [later, doomed] = [new Entry(now), new Entry(now)];
    deadlines.add(
      {
        deadlineTick: 0,
        onDeadline: () => {
          deadlines.remove(doomed);
          deadlines.add(later, 100);
        },
      },
      100,
    );
    deadlines.add(doomed, 100);
    jest.advanceTimersByTime(1000);
    expect(doomed.expiredAt).toEqual([]);
    expect(later.expiredAt).toHaveLength(1);
  });

  it('run no timer while there are none', () => {
    const deadlines = new Deadlines(now);
    expect(running()).toBe(0);
    const entry = new Entry(now);
    deadlines.add(entry, 1000);
    expect(running()).toBe(1);
    deadlines.remove(entry);
    jest.advanceTimersByTime(20);
    expect(running()).toBe(0);
    deadlines.add(entry, 1000);
    deadlines.close();
    expect(running()).toBe(0);
  });
});
