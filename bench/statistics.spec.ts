import { spreadOf } from './statistics.js';

describe('spreadOf', () => {
  it.each([
    { figures: [7], spread: { median: 7, least: 7, most: 7 } },
    { figures: [3, 1, 2], spread: { median: 2, least: 1, most: 3 } },
    { figures: [4, 1, 3, 2], spread: { median: 2.5, least: 1, most: 4 } },
    { figures: [0.3, 100, 0.1, 0.2, 0.2], spread: { median: 0.2, least: 0.1, most: 100 } },
  ])('of $figures is $spread', ({ figures, spread }) => {
    expect(spreadOf(figures)).toEqual(spread);
  });

  it('sorts numbers by size, not by their text', () => {
    expect(spreadOf([9, 10, 100]).median).toBe(10);
  });

  it('leaves the figures in their order', () => {
    const figures = [3, 1, 2];
    spreadOf(figures);
    expect(figures).toEqual([3, 1, 2]);
  });

  it('refuses to say anything about nothing', () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});
