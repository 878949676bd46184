import { shareLanes } from './lane-share.js';

describe('how dispatchers share lanes', () => {
  it.each([
    ['alone', { own: 900, total: 900, live: 1, busy: 1, leastBusy: null }, true, 0],
    ['alone, and the others not yet counted', { own: 0, total: 0, live: 0, busy: 0, leastBusy: null }, true, 0],
    ['even', { own: 50, total: 100, live: 2, busy: 0.5, leastBusy: 0.5 }, true, 0],
    ['new', { own: 0, total: 100, live: 2, busy: 0, leastBusy: 0.5 }, true, 0],
    ['a tenth above', { own: 55, total: 100, live: 2, busy: 0.5, leastBusy: 0.5 }, true, 0],
    ['more than a tenth above', { own: 56, total: 100, live: 2, busy: 0.5, leastBusy: 0.5 }, false, 6],
    ['far above: a third at most', { own: 90, total: 90, live: 3, busy: 0.5, leastBusy: 0.5 }, false, 30],
    ['one above', { own: 2, total: 2, live: 2, busy: 0.5, leastBusy: 0 }, true, 0],
    ['two above', { own: 3, total: 3, live: 3, busy: 0.5, leastBusy: 0 }, false, 1],
    ['a fair share that is no whole number', { own: 4, total: 7, live: 2, busy: 0.5, leastBusy: 0.5 }, true, 0],
    ['busy while another is idle', { own: 100, total: 200, live: 2, busy: 0.96, leastBusy: 0.7 }, false, 5],
    ['busy with two lanes', { own: 2, total: 4, live: 2, busy: 1, leastBusy: 0 }, false, 1],
    ['busy with one lane', { own: 1, total: 2, live: 2, busy: 1, leastBusy: 0 }, false, 0],
    ['busy as all are', { own: 100, total: 200, live: 2, busy: 0.96, leastBusy: 0.8 }, true, 0],
    ['not quite too busy', { own: 100, total: 200, live: 2, busy: 0.95, leastBusy: 0 }, true, 0],
  ])('%s', (_name, load, fetch, handOver) => {
    expect(shareLanes(load)).toEqual({ fetch, handOver });
  });
});
