import { RequestsUnderWay } from './requests-under-way.js';

const REFUSED = expect.objectContaining({ code: 'overloaded', retryAfterSeconds: 1 }) as Error;

describe('the requests under way', () => {
  it('are bounded in number, and one that is answered makes room', () => {
    const underWay = new RequestsUnderWay({ maxRequests: 2, maxBodyBytes: 100 });
    const leave = underWay.enter(0);
    underWay.enter(0);
    expect(() => underWay.enter(0)).toThrow(REFUSED);
    leave();
    leave();
    underWay.enter(0);
    expect(() => underWay.enter(0)).toThrow(REFUSED);
  });

  it('are bounded in bytes', () => {
    const underWay = new RequestsUnderWay({ maxRequests: 10, maxBodyBytes: 100 });
    const leave = underWay.enter(60);
    expect(() => underWay.enter(41)).toThrow(REFUSED);
    underWay.enter(40);
    leave();
    underWay.enter(60);
  });
});
