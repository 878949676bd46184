import { Batcher } from './batcher.js';

describe('natural batching', () => {
  it('sends what came while a batch was away together, in order', async () => {
    const batches: number[][] = [];
    let letGo!: () => void;
    const away = new Promise<void>((resolve) => (letGo = resolve));
    const batcher = new Batcher<number, number>(
      async (items) => {
        batches.push(items);
        if (batches.length === 1) await away;
        return items.map((item) => item * 2);
      },
      { maxItems: 3, maxConcurrent: 1 },
    );
    const first = batcher.add(1);
    await new Promise(setImmediate);
    const rest = [2, 3, 4, 5].map((item) => batcher.add(item));
    letGo();
    expect(await Promise.all([first, ...rest])).toEqual([2, 4, 6, 8, 10]);
    expect(batches).toEqual([[1], [2, 3, 4], [5]]);
  });

  it('fails every item of a batch that fails, and goes on with the next', async () => {
    let n = 0;
    const batcher = new Batcher<number, number>(
      (items) => ((n += 1) === 1 ? Promise.reject(new Error('away')) : Promise.resolve(items)),
      { maxItems: 10, maxConcurrent: 1 },
    );
    await expect(Promise.all([batcher.add(1), batcher.add(2)])).rejects.toThrow('away');
    expect(await batcher.add(3)).toBe(3);
  });
});
