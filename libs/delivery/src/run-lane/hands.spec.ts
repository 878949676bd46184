import type { ClaimedDelivery } from '#persistence';
import { Hands } from './hands.js';

const claimed = (id: string, nextAt = 100_000): ClaimedDelivery => ({
  id,
  eventId: id,
  attempts: 0,
  step: 0,
  trigger: 'initial',
  nextAt,
  deadline: Infinity,
  bytes: 1,
});

describe('what a holder has in its hands', () => {
  it('is not taken again while it is there', () => {
    const hands = new Hands();
    expect(hands.take([claimed('a'), claimed('b')]).map(({ id }) => id)).toEqual(['a', 'b']);
    expect(hands.take([claimed('a'), claimed('c')]).map(({ id }) => id)).toEqual(['c']);
    expect(hands.count('backlog')).toBe(3);
  });

  it('is not taken from a claim that was sent before its settlement committed', () => {
    const hands = new Hands();
    hands.take([claimed('a')]);
    hands.beginClaim();
    hands.settled('a');
    expect(hands.take([claimed('a')])).toEqual([]);
    hands.endClaim();
    expect(hands.count('backlog')).toBe(0);
    expect(hands.take([claimed('a')])).toHaveLength(1);
  });

  it('lets a claim look from the start as long as there were only tests', () => {
    const hands = new Hands();
    hands.floor('backlog', 0);
    hands.take([{ ...claimed('a', 50_000), trigger: 'test' }]);
    expect(hands.floor('backlog', 1_000)).toBeNull();
  });

  it('lets a claim look back 10 s behind the oldest of it, and from the start once a minute', () => {
    const hands = new Hands();
    expect(hands.floor('backlog', 0)).toBeNull();
    hands.take([claimed('a', 50_000), claimed('b', 60_000)]);
    hands.endClaim();
    expect(hands.floor('backlog', 1_000)).toBe(40_000);
    hands.endClaim();
    hands.settled('a');
    expect(hands.floor('backlog', 2_000)).toBe(50_000);
    hands.endClaim();
    expect(hands.floor('backlog', 61_000)).toBeNull();
  });

  it('is looked for from the start after something was put back', () => {
    const hands = new Hands();
    hands.beginClaim();
    hands.floor('backlog', 0);
    hands.take([claimed('a', 50_000), claimed('b', 90_000)]);
    hands.endClaim();
    hands.putBack('a');
    expect(hands.floor('backlog', 1_000)).toBeNull();
    expect(hands.take([claimed('a', 50_000)])).toHaveLength(1);
  });

  it('belongs to the backlog or to the fresh by when it was due, and each side has its own floor', () => {
    const hands = new Hands();
    hands.floor('backlog', 0);
    hands.take([claimed('a', 50_000), claimed('b', 60_000)]);
    hands.split(55_000);
    expect([hands.count('backlog'), hands.count('fresh')]).toEqual([1, 1]);
    expect(hands.floor('fresh', 1_000)).toBeNull();
    hands.take([claimed('c', 70_000)], 'fresh');
    expect(hands.floor('fresh', 2_000)).toBe(50_000);
    hands.settled('b');
    expect(hands.floor('fresh', 3_000)).toBe(60_000);
  });
});
