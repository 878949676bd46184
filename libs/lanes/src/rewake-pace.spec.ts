import { RewakePace } from './rewake-pace.js';

describe('the pace of wakes', () => {
  it('never holds back a lane that was not woken lately, however many there are', () => {
    const pace = new RewakePace();
    const many = Array.from({ length: 20_000 }, (_, n) => `e${n}`);
    expect(pace.split(many, 1_000).later).toEqual([]);
    expect(pace.split(many, 1_101).later).toEqual([]);
  });

  it('lets a few lanes be woken again at once', () => {
    const pace = new RewakePace();
    pace.split(['a', 'b'], 1_000);
    expect(pace.split(['a', 'b'], 1_005)).toEqual({ go: ['a', 'b'], later: [] });
  });

  it('holds back many repeated wakes, and lets them go at the latest 100 ms after the last', () => {
    const pace = new RewakePace();
    const lanes = Array.from({ length: 300 }, (_, n) => `e${n}`);
    pace.split(lanes, 1_000);
    const { go, later } = pace.split(lanes, 1_001);
    expect(go).toHaveLength(200);
    expect(later).toHaveLength(100);
    expect(pace.split(later, 1_100)).toMatchObject({ later: [] });
  });
});
