import { BeginRequests, type Room } from './begin-requests.js';
import { Drained } from './drained.js';
import type { LaneGate } from './lane-gate.js';
import type { Outbox } from './outbox.js';

it('begins nothing that a replay made before a look has shown that nothing live waits', () => {
  let now = 0;
  const drained = new Drained(() => now);
  const gate = {
    profile: { ordering: 'none', target: { domain: 'a.example', address: null } },
    now: () => now,
    mayBegin: () => true,
  } as unknown as LaneGate;
  const atHand = { side: 'replayed', delivery: { trigger: 'replay' } };
  const outbox = { peek: () => atHand, inFlight: 0, unsettled: 0, unwritten: 0 } as unknown as Outbox;
  const owner = { endpointId: 'one', tenantId: 'two' } as never;
  const requests = new BeginRequests(owner, gate, outbox, drained, {} as Room, () => undefined);
  expect(requests.may()).toBe(false);
  drained.claimed({ allLive: true, allReplayed: false }, now);
  expect(requests.may()).toBe(true);
  now += 1_000;
  expect(requests.may()).toBe(false);
});
