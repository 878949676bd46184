import { check } from '../faults/checker/checker.js';
import type { EndpointEvidence, Evidence, ShownDelivery } from '../faults/checker/evidence.js';
import { LEASE_MS, SETTLES_WITHIN_MS } from '../faults/settings.js';
import type { Accepted, Arrival, FaultWindow } from '../faults/workload/logs.js';

const NOW = Date.parse('2026-01-01T00:10:00.000Z');

const arrival = (more: Partial<Arrival> = {}): Arrival => {
  const at = more.at ?? 10_000;
  const whole = { eventId: 'evt_1', key: 'a-0', attempt: 1, inFlight: 1, signed: true, status: 200, complete: true };
  return { ...whole, at, endedAt: at + 10, ...more };
};
const delivery = (more: Partial<ShownDelivery> = {}): ShownDelivery => ({
  ...{
    id: 'dlv_1',
    eventId: 'evt_1',
    state: 'delivered',
    reason: null,
    nextAttemptAt: null,
    heldBy: null,
    attempts: 1,
  },
  ...more,
});
const endpoint = (more: Partial<EndpointEvidence> = {}): EndpointEvidence => ({
  ...{ uid: 'a', endpointId: 'ep_1', concurrency: 1, ordered: false, timeoutMs: 3_000, heals: true, left: false },
  ...{ arrivals: [arrival()], deliveries: [delivery()], ...more },
});
const accepted = (more: Partial<Accepted> = {}): Accepted => ({
  ...{ eventId: 'evt_1', key: 'a-0', stream: 'a', position: 0, deliveries: 1, at: 9_000, ...more },
});
const fault = (effect: FaultWindow['effect'], from: number, until: number, more: Partial<FaultWindow> = {}) => ({
  ...{ kind: effect, on: 'x', from, until, effect, endpoints: null, ...more },
});
const judge = (one: EndpointEvidence, more: Partial<Evidence> = {}): string[] =>
  check({ accepted: [accepted()], endpoints: [one], faults: [], readAt: NOW, ...more }).violations.map(
    ({ rule }) => rule,
  );

describe('accounting', () => {
  it('takes a run in which everything arrived once for a good one', () => {
    expect(judge(endpoint())).toEqual([]);
  });

  it('calls an accepted event without its deliveries lost', () => {
    expect(judge(endpoint({ deliveries: [], arrivals: [] }))).toEqual(['lost']);
  });

  it('calls fewer deliveries than the 202 said lost', () => {
    expect(judge(endpoint(), { accepted: [accepted({ deliveries: 2 })] })).toEqual(['lost']);
  });

  it('names one key that became two events, as producers were told and as receivers saw it', () => {
    const twice = [accepted(), accepted({ eventId: 'evt_2' })];
    const both = endpoint({
      deliveries: [delivery(), delivery({ id: 'dlv_2', eventId: 'evt_2' })],
      arrivals: [arrival(), arrival({ eventId: 'evt_2', at: 10_100 })],
    });
    expect(judge(both, { accepted: twice })).toEqual(['twice stored', 'twice stored']);
  });

  it('names two deliveries of one event to one endpoint', () => {
    const two = endpoint({ deliveries: [delivery(), delivery({ id: 'dlv_2' })] });
    expect(judge(two, { accepted: [accepted({ deliveries: 2 })] })).toEqual(['twice stored']);
  });
});

describe('states', () => {
  const pending = { state: 'pending', nextAttemptAt: new Date(NOW + 1_000).toISOString() };
  const late = { ...pending, nextAttemptAt: new Date(NOW - 60_000).toISOString() };

  it.each<[string, Partial<EndpointEvidence>, string[]]>([
    ['delivered, and nobody received it', { arrivals: [] }, ['contradiction']],
    ['delivered, and it was only ever refused', { arrivals: [arrival({ status: 500 })] }, ['contradiction']],
    ['pending though it was taken', { deliveries: [delivery(pending)] }, ['contradiction']],
    [
      'cancelled though it was taken',
      { left: true, deliveries: [delivery({ state: 'cancelled', reason: 'endpoint_deleted' })] },
      ['contradiction'],
    ],
    [
      'cancelled, by nobody',
      { arrivals: [], deliveries: [delivery({ state: 'cancelled', reason: 'x' })] },
      ['contradiction'],
    ],
    [
      'cancelled with its endpoint',
      { left: true, arrivals: [], deliveries: [delivery({ state: 'cancelled', reason: 'endpoint_deleted' })] },
      [],
    ],
    [
      'dead of a 413',
      {
        arrivals: [arrival({ status: 413 })],
        deliveries: [delivery({ state: 'dead', reason: 'payload_too_large' })],
      },
      [],
    ],
    [
      'dead of a 413 that was a 500',
      {
        arrivals: [arrival({ status: 500 })],
        deliveries: [delivery({ state: 'dead', reason: 'payload_too_large' })],
      },
      ['contradiction'],
    ],
    [
      'dead of a 413 that came before it was taken',
      {
        arrivals: [arrival({ status: 413, at: 1_000, endedAt: 1_010 }), arrival({ at: 5_000, endedAt: 5_010 })],
        deliveries: [delivery({ state: 'dead', reason: 'payload_too_large' })],
      },
      ['contradiction'],
    ],
    [
      'dead of a 413 that came when it was sent again, for which there must be a reason',
      {
        arrivals: [arrival({ at: 1_000, endedAt: 1_010 }), arrival({ status: 413, at: 5_000, endedAt: 5_010 })],
        deliveries: [delivery({ state: 'dead', reason: 'payload_too_large' })],
      },
      ['duplicate'],
    ],
    [
      'expired at an endpoint that heals',
      { arrivals: [], deliveries: [delivery({ state: 'dead', reason: 'expired' })] },
      ['contradiction'],
    ],
    ['pending at an endpoint that takes everything', { arrivals: [], deliveries: [delivery(pending)] }, ['stuck']],
    [
      'pending until its time where everything fails',
      { heals: false, arrivals: [], deliveries: [delivery(pending)] },
      [],
    ],
    ['pending, and its time is long past', { heals: false, arrivals: [], deliveries: [delivery(late)] }, ['stuck']],
    ['pending without a time', { heals: false, arrivals: [], deliveries: [delivery({ state: 'pending' })] }, ['stuck']],
    ['a state there is not', { arrivals: [], deliveries: [delivery({ state: 'odd' })] }, ['contradiction']],
  ])('%s', (_, more, rules) => {
    expect(judge(endpoint(more))).toEqual(rules);
  });
});

describe('caps', () => {
  const two = (more: Partial<Arrival>) =>
    endpoint({
      deliveries: [delivery(), delivery({ id: 'dlv_2', eventId: 'evt_2' })],
      arrivals: [
        arrival({ endedAt: 10_200, ...more }),
        arrival({ eventId: 'evt_2', key: 'b', at: 10_180, attempt: 1 }),
      ],
    });

  it('names two requests at once where one is allowed', () => {
    expect(judge(two({}))).toEqual(['cap']);
  });

  it('allows one to begin at the moment the other was answered', () => {
    expect(judge(two({ endedAt: 10_180 }))).toEqual([]);
  });

  it('allows one to begin a moment before the end of a broken connection was seen', () => {
    expect(judge(two({ complete: false, status: 200 }))).toEqual([]);
  });
});

describe('order', () => {
  const stream = [accepted(), accepted({ eventId: 'evt_2', key: 'a-1', position: 1 })];
  const ordered = (first: Partial<Arrival>, second: Partial<Arrival>) =>
    endpoint({
      ordered: true,
      concurrency: 2,
      deliveries: [delivery(), delivery({ id: 'dlv_2', eventId: 'evt_2' })],
      arrivals: [arrival(first), arrival({ eventId: 'evt_2', key: 'a-1', ...second })].sort((a, b) => a.at - b.at),
    });

  it.each<[string, Partial<Arrival>, Partial<Arrival>, string[]]>([
    ['takes the order of the 202s for good', { at: 10_000 }, { at: 10_100 }, []],
    ['names an event that came before the one before it', { at: 10_100 }, { at: 10_000 }, ['order']],
    [
      'names an event that came while the one before it was not answered',
      { at: 10_000, endedAt: 10_500 },
      { at: 10_100 },
      ['order'],
    ],
  ])('%s', (_, first, second, rules) => {
    expect(judge(ordered(first, second), { accepted: stream })).toEqual(rules);
  });

  it('names an event that came while the one before it waited for its retry', () => {
    const one = ordered({ at: 10_000, status: 500 }, { at: 10_100 });
    const retried = { ...one, arrivals: [...one.arrivals, arrival({ at: 11_000, attempt: 2 })] };
    expect(judge(retried, { accepted: stream })).toEqual(['order']);
  });
});

describe('duplicates', () => {
  const twice = (first: Partial<Arrival>, again = 20_000) =>
    endpoint({ arrivals: [arrival(first), arrival({ at: again })] });
  const judgeWith = (faults: FaultWindow[], first: Partial<Arrival> = {}) => judge(twice(first), { faults });

  it('names a request after a complete 2xx', () => {
    expect(judgeWith([])).toEqual(['duplicate']);
  });

  it('calls a request after an answer that came too late, or broke off, no duplicate', () => {
    expect(judgeWith([], { endedAt: 12_900 })).toEqual([]);
    expect(judgeWith([], { complete: false })).toEqual([]);
    expect(judgeWith([], { status: 503 })).toEqual([]);
  });

  it.each<[string, FaultWindow, Partial<Arrival>, string[]]>([
    ['allows what was in flight when a process died', fault('death', 10_005, 11_000), {}, []],
    ['allows what was answered a moment before a process died', fault('death', 10_300, 11_000), {}, []],
    [
      'names what was settled long before a process died',
      fault('death', 10_020 + SETTLES_WITHIN_MS, 20_000),
      {},
      ['duplicate'],
    ],
    ['allows what was in flight when a holder was stopped', fault('stop', 10_005, 15_000), {}, []],
    ['names what was sent after a holder was stopped', fault('stop', 9_600, 15_000), {}, ['duplicate']],
    ['allows what a lease covered when Postgres went away', fault('outage', 8_000, 9_900), {}, []],
    ['names what was sent when leases were new again', fault('outage', 5_000, 9_900 - LEASE_MS), {}, ['duplicate']],
    ['allows what a cut line may have swallowed', fault('deaf', 9_990, 10_100, { endpoints: ['ep_1'] }), {}, []],
    [
      'names it when the line was another one',
      fault('deaf', 9_990, 10_100, { endpoints: ['ep_2'] }),
      {},
      ['duplicate'],
    ],
    ['names it whatever became of Redis, of a clock or of an api', fault('none', 9_000, 11_000), {}, ['duplicate']],
  ])('%s', (_, one, first, rules) => {
    expect(judgeWith([one], first)).toEqual(rules);
  });

  it('allows what an outage kept from being settled when a process died in it', () => {
    const outage = fault('outage', 9_000, 10_500);
    const death = fault('death', 12_900, 14_000);
    const stopped = fault('stop', 12_900, 14_000);
    expect(judgeWith([outage, death])).toEqual([]);
    expect(judgeWith([{ ...outage, effect: 'none' }, stopped])).toEqual(['duplicate']);
  });

  it('takes the tries of a repetition that is refused for one repetition', () => {
    const tries = [
      arrival(),
      arrival({ at: 20_000, status: 500 }),
      arrival({ at: 21_000, status: 500 }),
      arrival({ at: 22_000 }),
    ];
    expect(judge(endpoint({ arrivals: tries }), { faults: [fault('death', 10_005, 11_000)] })).toEqual([]);
    expect(judge(endpoint({ arrivals: tries }))).toEqual(['duplicate']);
    const again = [...tries, arrival({ at: 23_000 })];
    expect(judge(endpoint({ arrivals: again }), { faults: [fault('death', 10_005, 11_000)] })).toEqual(['duplicate']);
  });

  it('lets one death explain one repetition of a delivery', () => {
    const thrice = endpoint({ arrivals: [arrival({ at: 10_000 }), arrival({ at: 10_100 }), arrival({ at: 10_200 })] });
    expect(judge(thrice, { faults: [fault('death', 10_005, 11_000)] })).toEqual(['duplicate']);
  });
});

it('names a request without a valid signature', () => {
  expect(judge(endpoint({ arrivals: [arrival({ signed: false })] }))).toEqual(['signature']);
});
