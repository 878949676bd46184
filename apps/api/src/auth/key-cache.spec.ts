import { FakeClock } from '#testing';
import type { FoundKey } from '#persistence';
import { KeyCache } from './key-cache.js';

const key = (more: Partial<FoundKey> = {}): FoundKey => ({
  id: 'k',
  tenantId: 't',
  role: 'tenant',
  scope: null,
  subscriberId: null,
  suspended: false,
  useUnrecorded: false,
  ...more,
});

describe('KeyCache', () => {
  let clock: FakeClock;
  let answers: (FoundKey | null | Error)[];
  let asked: number;
  let recorded: string[];
  let cache: KeyCache;
  beforeEach(() => {
    clock = new FakeClock();
    [answers, asked, recorded] = [[], 0, []];
    const find = () => {
      asked += 1;
      const answer = answers.shift();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer ?? null);
    };
    const recordUse = (id: string) => {
      recorded.push(id);
      return Promise.resolve();
    };
    cache = new KeyCache({ find, recordUse }, clock);
  });

  it('asks once for many requests within a second, also at the same moment', async () => {
    answers = [key()];
    expect(await Promise.all([cache.find('a'), cache.find('a')])).toEqual([key(), key()]);
    clock.advance(999);
    await cache.find('a');
    expect(asked).toBe(1);
  });

  it('believes no answer for longer than a second, so that a revoked key is refused by then', async () => {
    answers = [key(), null];
    await cache.find('a');
    clock.advance(1_000);
    expect(await cache.find('a')).toBeNull();
  });

  it('does not remember what is no key', async () => {
    answers = [null, key()];
    expect(await cache.find('a')).toBeNull();
    expect(await cache.find('a')).toEqual(key());
  });

  it('asks again after a failure', async () => {
    answers = [new Error('away'), key()];
    await expect(cache.find('a')).rejects.toThrow('away');
    expect(await cache.find('a')).toEqual(key());
  });

  it('writes a use down when nobody has within the minute', async () => {
    answers = [key({ useUnrecorded: true })];
    await cache.find('a');
    await cache.find('a');
    expect(recorded).toEqual(['k']);
  });
});
