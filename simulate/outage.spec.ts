import { HOUR, MINUTE } from '#core';
import { plain, posthorn, published, scenario } from './run-described.js';

describe('an outage of two hours at 100 events a second', () => {
  it.each(['answering 503', 'hanging until the time-out'])(
    '%s: sees at most 60 requests',
    (way) => {
      const figures = posthorn(way, scenario(way).calmFrom);
      expect(figures.requestsWhileDown).toBeLessThanOrEqual(60);
      expect(figures.expired).toBe(0);
    },
    30_000,
  );

  it('answering 404: sees as few, loses nothing, is noticed to be over in time, and drains within the hour', () => {
    const figures = posthorn('answering 404');
    expect(figures.requestsWhileDown).toBeLessThanOrEqual(60);
    expect(figures).toMatchObject({ delivered: published('answering 404'), expired: 0 });
    // The longest opening with all the jitter there is, and what went before it.
    expect(figures.longestGap).toBeLessThanOrEqual(15 * MINUTE * 1.2 + MINUTE);
    expect(figures.drain).toBeLessThan(HOUR);
  }, 30_000);

  it.each([
    ['answering 503', 36 * MINUTE], // to a plain schedule, 404 is the same
    ['hanging until the time-out', 56 * MINUTE], // 5,000 workers that wait 15 s each
  ])(
    '%s: has seen more than a million long before its end by a plain schedule',
    (way, until) => {
      expect(plain(way, until).requestsWhileDown).toBeGreaterThan(1_000_000);
    },
    30_000,
  );
});
