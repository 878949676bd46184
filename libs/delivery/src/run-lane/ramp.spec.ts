import { Ramp } from './ramp.js';

describe('the ramp of a lane just opened', () => {
  it('doubles with every full round of answers, beginning with one', () => {
    const ramp = new Ramp();
    ramp.began(0);
    const limits = Array.from({ length: 8 }, () => {
      const limit = ramp.limit(10);
      ramp.answered();
      return limit;
    });
    expect(limits).toEqual([1, 2, 2, 4, 4, 4, 4, 8]);
  });

  it('does not wait for a receiver that is slow', () => {
    const ramp = new Ramp();
    expect([ramp.limit(1_000), ramp.endsAt]).toEqual([1, null]);
    ramp.began(1_000);
    expect([ramp.limit(2_999), ramp.limit(3_000), ramp.endsAt]).toEqual([1, Infinity, 3_000]);
  });
});
