import { Ramp } from './ramp.js';

describe('the ramp of a lane just opened', () => {
  it('begins with one and doubles with every window of answers', () => {
    const ramp = new Ramp();
    const limits = Array.from({ length: 15 }, () => {
      ramp.answered();
      return ramp.limit;
    });
    expect(new Ramp().limit).toBe(1);
    expect(limits).toEqual([2, 2, 4, 4, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8, 16]);
  });
});
