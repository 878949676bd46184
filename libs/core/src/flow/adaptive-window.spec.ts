import fc from 'fast-check';
import { AdaptiveWindow } from './adaptive-window.js';

/** As a busy lane uses it: all of the window is in flight, and answers come in the order of the requests. */
function busy(window: AdaptiveWindow) {
  const open: number[] = [];
  const fill = (): void => {
    while (open.length < window.size) open.push(window.started(open.length + 1));
  };
  fill();
  return {
    succeed(times = 1): void {
      for (let n = 0; n < times; n += 1) {
        open.shift();
        window.succeeded();
        fill();
      }
    },
    lose(): boolean {
      const halved = window.lost(open.shift()!);
      fill();
      return halved;
    },
    get size(): number {
      return window.size;
    },
  };
}

const KINDS = ['start', 'success', 'loss', 'throttle', 'collapse', 'reload', 'smaller cap', 'cap'] as const;
type Kind = (typeof KINDS)[number];
const often = fc.constantFrom<Kind>('start', 'success');
const kind = fc.oneof({ weight: 5, arbitrary: often }, { weight: 2, arbitrary: fc.constantFrom<Kind>(...KINDS) });
const steps = fc.array(kind, { maxLength: 300 });

/** Any sequence, as a lane would play it: nothing begins that does not fit, nothing ends that did not begin. */
class Played {
  window: AdaptiveWindow;
  cap: number;
  /** Tickets of what is in flight; and the newest there was. */
  private readonly open: number[] = [];
  newest = 0;

  constructor(private readonly most: number) {
    this.cap = most;
    this.window = new AdaptiveWindow(2, most, null);
  }

  /** The ticket of the request that ended, if one did. */
  play(step: Kind): number | null {
    if (step === 'start' && this.open.length < this.window.size) {
      this.newest = this.window.started(this.open.length + 1);
      this.open.push(this.newest);
    }
    if (step === 'collapse') this.window.collapse();
    if (step === 'reload' && this.open.length === 0) this.reload();
    if (step === 'smaller cap') this.window.setCap((this.cap = Math.ceil(this.cap / 2)));
    if (step === 'cap') this.window.setCap((this.cap = this.most));
    return this.end(step);
  }

  private end(step: Kind): number | null {
    if (step !== 'success' && step !== 'loss' && step !== 'throttle') return null;
    const ticket = this.open.shift() ?? null;
    if (ticket === null) return null;
    if (step === 'success') this.window.succeeded();
    else if (step === 'loss') this.window.lost(ticket);
    else this.window.throttled(ticket);
    return ticket;
  }

  private reload(): void {
    this.window = new AdaptiveWindow(2, this.cap, this.window.stored(2));
    this.newest = 0;
  }
}

describe('the window', () => {
  it('begins with 2 and grows by one with each success: doubled after each window of them', () => {
    const lane = busy(new AdaptiveWindow(2, 100, null));
    const sizes = [2, 4, 8, 16].map((successes) => {
      lane.succeed(successes);
      return lane.size;
    });
    expect(sizes).toEqual([4, 8, 16, 32]);
  });

  it('is halved by a loss, once for all that was in flight, and then grows by one a window', () => {
    const lane = busy(new AdaptiveWindow(16, 100, null));
    expect([lane.lose(), lane.size, lane.lose(), lane.size]).toEqual([true, 8, false, 8]);
    lane.succeed(14); // the rest of what was in flight
    const before = lane.size;
    lane.succeed(2 * before + 1);
    expect(lane.size - before).toBeLessThanOrEqual(2);
    expect(lane.size).toBeGreaterThan(before);
  });

  it('after the breaker opened, is one, and doubles up to half of what was in use before the first loss', () => {
    const window = new AdaptiveWindow(2, 100, { size: 40, threshold: null });
    const lane = busy(window);
    for (let n = 0; n < 5; n += 1) lane.lose();
    window.collapse();
    expect(window.stored(2)).toMatchObject({ size: 1, threshold: 20 });
  });

  it('keeps that in mind when the losses are told apart by a change of holders', () => {
    let window = new AdaptiveWindow(2, 100, { size: 40, threshold: null });
    for (let n = 0; n < 4; n += 1) {
      window.lost(window.started(1));
      window = new AdaptiveWindow(2, 100, window.stored(2));
    }
    window.collapse();
    expect(window.stored(2)).toMatchObject({ size: 1, threshold: 20 });
  });

  it('is one when the receiver throttles, and one opened by such answers remembers as much', () => {
    const window = new AdaptiveWindow(2, 100, { size: 40, threshold: null });
    const tickets = Array.from({ length: 5 }, (_, n) => window.started(n + 1));
    for (const ticket of tickets) window.throttled(ticket);
    expect(window.size).toBe(1);
    window.collapse();
    expect(window.stored(2)).toMatchObject({ size: 1, threshold: 20 });
  });

  it('stores nothing as long as it is as a lane begins', () => {
    expect(new AdaptiveWindow(2, 10, null).stored(2)).toBeNull();
    expect(new AdaptiveWindow(2, 1, null).stored(2)).toBeNull();
  });

  it('never leaves 1 … cap, whatever happens', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), steps, (cap, all) => {
        const played = new Played(cap);
        for (const step of all) {
          played.play(step);
          expect(played.window.size).toBeGreaterThanOrEqual(1);
          expect(played.window.size).toBeLessThanOrEqual(played.cap);
        }
      }),
    );
  });

  it('never grows unless all of it was in flight since it last changed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.array(fc.boolean()), (size, all) => {
        const window = new AdaptiveWindow(2, 100, { size: size + 1, threshold: null });
        for (const succeeds of all) {
          const ticket = window.started(size); // one is always free
          if (succeeds) window.succeeded();
          else window.lost(ticket);
          if (window.size <= size) return;
        }
        expect(window.size).toBe(size + 1);
      }),
    );
  });

  it('is decreased by losses at most once for the requests that were in flight together', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const played = new Played(60);
        let newestAtDecrease = 0;
        for (const step of all) {
          const was = played.window.size;
          const ticket = played.play(step);
          newestAtDecrease = Math.min(newestAtDecrease, played.newest); // loaded anew, it counts from the beginning
          if (played.window.size >= was) continue;
          if (step === 'loss') expect(ticket).toBeGreaterThan(newestAtDecrease);
          if (step === 'loss' || step === 'collapse') newestAtDecrease = played.newest;
        }
      }),
    );
  });

  it('comes back to the cap after enough successes that use it, wherever it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), steps, (cap, all) => {
        const played = new Played(cap);
        for (const step of [...all, 'cap' as const]) played.play(step);
        busy(played.window).succeed(cap * cap + 2 * cap);
        expect(played.window.size).toBe(cap);
      }),
    );
  });
});
