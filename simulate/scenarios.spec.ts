import { MINUTE, SECOND } from '#core';
import { plain, posthorn, published } from './run-described.js';

describe('a spike of 8,000 events a second', () => {
  it('reaches an endpoint that takes 5,000 as a backlog: next to nothing is sent in vain', () => {
    const figures = posthorn('takes 5,000/s');
    expect(figures).toMatchObject({ delivered: published('takes 5,000/s'), expired: 0 });
    expect(figures.wasted).toBeLessThan(figures.requests / 1_000);
    expect(figures.drain).toBeLessThan(3 * MINUTE);
  }, 30_000);

  it('reaches an endpoint that takes 200 as a backlog: a few in a hundred find out how much it takes', () => {
    const figures = posthorn('takes 200/s', 20 * MINUTE);
    expect(figures.wasted).toBeLessThan(figures.requests * 0.05);
    expect(figures.peakInFlight).toBeLessThanOrEqual(25);
    expect(figures.longestGap).toBeLessThan(SECOND);
    expect(figures.delivered).toBeGreaterThan(0.8 * 200 * (19 * 60));
  }, 30_000);
});

it('a brownout is sent through slowly, and opens no breaker for long', () => {
  const figures = posthorn('brownout');
  expect(figures).toMatchObject({ delivered: published('brownout'), expired: 0 });
  expect(figures.wasted).toBeLessThan(figures.requests * 0.05);
  expect(figures.longestGap).toBeLessThan(MINUTE);
});

it('a receiver that asks for quiet has it: nothing is sent within Retry-After', () => {
  const figures = posthorn('throttled');
  expect(figures).toMatchObject({ requestsInRetryAfter: 0, delivered: published('throttled'), expired: 0 });
  expect(figures.longestGap).toBeGreaterThanOrEqual(120 * SECOND);
  expect(plain('throttled').requestsInRetryAfter).toBeGreaterThan(10_000);
});

it('an endpoint that flaps is left alone while it is down', () => {
  const figures = posthorn('flapping');
  expect(figures).toMatchObject({ delivered: published('flapping'), expired: 0 });
  // Ten times down, each time five losses in a row and a probe every 30, 60, 120 s.
  expect(figures.requestsWhileDown).toBeLessThanOrEqual(10 * 12);
  expect(figures.p99).toBeLessThan(10 * MINUTE);
});

it('the same seed gives the same figures, another one others', () => {
  const once = posthorn('brownout', undefined, 1);
  expect(posthorn('brownout', undefined, 1)).toEqual(once);
  expect(posthorn('brownout', undefined, 2)).not.toEqual(once);
});
