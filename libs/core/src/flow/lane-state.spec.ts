import { laneState } from './lane-state.js';
import type { LaneFacts } from './lane-state.js';

const NOW = 1_000_000;
const facts = (more: Partial<LaneFacts> = {}): LaneFacts => ({
  now: NOW,
  endpoint: { state: 'active', reason: null, since: 1 },
  flow: null,
  pause: null,
  tokenAt: -Infinity,
  wasThrottled: false,
  held: false,
  inFlight: 0,
  due: 0,
  window: 2,
  cap: 10,
  ...more,
});
const open = { reason: 'failing', since: 500, until: NOW - 1, openings: 2, closedAt: null } as const;
const reduced = { size: 2, threshold: 4 };
const flow = (more: object) => ({ at: NOW - 1, ...more });

describe('the state of a lane', () => {
  it.each<[string, Partial<LaneFacts>, [string, string | null, number | null, number | null]]>([
    ['nothing to do', {}, ['idle', null, null, null]],
    ['held with nothing to do', { held: true }, ['idle', null, null, null]],
    ['work that nobody has taken yet', { due: 3 }, ['idle', null, null, null]],
    ['held with work', { held: true, due: 3 }, ['sending', null, null, null]],
    ['held with the last ones in flight', { held: true, inFlight: 1 }, ['sending', null, null, null]],
    [
      'paused',
      { endpoint: { state: 'paused', reason: 'paused_by_tenant', since: 7 } },
      ['stopped', 'paused_by_tenant', 7, null],
    ],
    ['disabled', { endpoint: { state: 'disabled', reason: 'gone', since: 7 } }, ['stopped', 'gone', 7, null]],
    [
      'a Retry-After',
      { pause: { until: NOW + 1, reason: 'retry_after', since: 9 } },
      ['waiting', 'retry_after', 9, NOW + 1],
    ],
    [
      'a head that failed',
      { pause: { until: NOW + 1, reason: 'order', since: null } },
      ['waiting', 'order', null, NOW + 1],
    ],
    ['a pause that is over', { pause: { until: NOW, reason: 'retry_after', since: 9 } }, ['idle', null, null, null]],
    [
      'an open breaker',
      {
        flow: flow({ breaker: { ...open, until: NOW + 5 } }),
        pause: { until: NOW + 5, reason: 'breaker', since: null },
      },
      ['open', 'failing', 500, NOW + 5],
    ],
    [
      'an open breaker that a Retry-After outlasts',
      { flow: flow({ breaker: open }), pause: { until: NOW + 9, reason: 'retry_after', since: 8 } },
      ['waiting', 'retry_after', 8, NOW + 9],
    ],
    ['a breaker whose time is over', { flow: flow({ breaker: open }) }, ['probing', 'failing', 500, null]],
    [
      'a breaker that has closed',
      { flow: flow({ breaker: { ...open, closedAt: NOW - 1 } }), held: true, due: 1 },
      ['sending', null, null, null],
    ],
    ['no token and work', { tokenAt: NOW + 5, due: 1 }, ['waiting', 'rate_limit', null, NOW + 5]],
    [
      'no token, and all of the work in flight',
      { tokenAt: NOW + 5, due: 1, inFlight: 1, held: true },
      ['sending', null, null, null],
    ],
    [
      'losses',
      {
        flow: flow({
          window: reduced,
          counts: { since: NOW, attempts: [], losses: [0, 1], successes: [], settled: [] },
        }),
        due: 1,
      },
      ['slowed', 'losses', null, null],
    ],
    [
      'losses in a row',
      { flow: flow({ window: reduced, lossStreak: 1 }), inFlight: 1 },
      ['slowed', 'losses', null, null],
    ],
    [
      'a breaker lately',
      { flow: flow({ window: reduced, breaker: { ...open, closedAt: NOW - 1 } }), due: 1 },
      ['slowed', 'losses', null, null],
    ],
    [
      'a Retry-After that is over',
      { flow: flow({ window: reduced }), wasThrottled: true, due: 1 },
      ['slowed', 'throttled', null, null],
    ],
    ['something long ago', { flow: flow({ window: reduced }), due: 1 }, ['slowed', null, null, null]],
    ['a reduced window without work', { flow: flow({ window: reduced, lossStreak: 1 }) }, ['idle', null, null, null]],
    [
      'a window back at the cap',
      { flow: flow({ window: reduced }), window: 10, held: true, due: 1 },
      ['sending', null, null, null],
    ],
    [
      'a young window',
      { flow: flow({ window: { size: 4, threshold: null } }), held: true, due: 1 },
      ['sending', null, null, null],
    ],
    [
      'everything at once, paused',
      {
        endpoint: { state: 'paused', reason: 'paused_by_operator', since: 3 },
        flow: flow({ breaker: open }),
        pause: { until: NOW + 9, reason: 'retry_after', since: 8 },
      },
      ['stopped', 'paused_by_operator', 3, null],
    ],
  ])('with %s', (_case, more, [state, reason, since, until]) => {
    expect(laneState(facts(more))).toEqual({ state, reason, since, until });
  });
});
