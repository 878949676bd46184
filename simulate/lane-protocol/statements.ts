import type { World } from './step.js';
import { BOTH, inFlight, NAMES, withDelivery, withDispatcher, withHold, withLane, withoutRequest } from './state.js';
import type { Hold, Release, Request, State, Who } from './state.js';

/** What a holder is granted at first. The product's number is 4; 1 leaves room to grow under a small cap. */
const FIRST_GRANT = 1;

/** `acquire-lanes.ts`: takes the lane or knocks, as one step, since all of it happens under the lane's row lock. */
export function acquire(state: State, who: Who, { rules, cap }: World): State {
  const { lane } = state;
  if (lane.lease === 'live' && rules.has('acquireLeavesHeldLanes')) {
    if (!rules.has('knockInTheSameStatement')) return withDispatcher(state, who, { acquire: 'to knock' });
    return refused(state, who, rules.has('knock'));
  }
  const inherited = lane.lease === 'none' ? lane.inherited : inheritedOf(lane, rules);
  const granted = Math.max(0, Math.min(FIRST_GRANT, cap - inherited));
  const hold: Hold = {
    ...{ known: false, current: true, fence: true, granted, inherited },
    ...{ drained: false, stopping: false, buffered: 0, claim: null, renewal: null },
  };
  const taken = withLane(outdateAll(state), {
    ...{ holder: who, lease: 'live', knocked: false, wakeAt: 'none', granted, inherited },
  });
  return withDispatcher(taken, who, { acquire: 'none', hold });
}

/** The knock of a holder that was refused, where it is a statement of its own. */
export const knockAfterwards = (state: State, who: Who): State => refused(state, who, state.lane.lease !== 'none');

function refused(state: State, who: Who, knocks: boolean): State {
  const { lane } = state;
  return withDispatcher(withLane(state, { knocked: lane.knocked || knocks }), who, { acquire: 'refused' });
}

function inheritedOf({ granted, inherited }: State['lane'], rules: World['rules']): number {
  return (rules.has('grantIsInherited') ? granted : 0) + (rules.has('inheritanceIsPassedOn') ? inherited : 0);
}

/** A new epoch: everybody else's is an old one. */
function outdateAll(state: State): State {
  const [a, b] = BOTH.map((who) => {
    const { hold, release, ...rest } = state.dispatchers[who];
    return {
      ...rest,
      hold: hold && { ...hold, current: false },
      release: release && { ...release, current: false },
    };
  });
  const requests = state.requests.map((request) => ({ ...request, current: false }));
  return a && b ? { ...state, dispatchers: [a, b], requests } : state;
}

/** `claim-deliveries.ts`: its snapshot; the answer is on its way. */
export function claim(state: State, who: Who, hold: Hold): State {
  const brought = state.deliveries.reduce((bits, delivery, n) => (delivery === 'due' ? bits | (1 << n) : bits), 0);
  return withHold(state, who, { claim: { brought, held: hold.current, knocked: false } });
}

/** `renew-leases.ts`. Also of a lease that has ended, as long as nobody has taken the lane. */
export function renew(state: State, who: Who, hold: Hold, granted: number, { rules }: World): State {
  const { lane } = state;
  const renewed = rules.has('renewByEpoch') ? hold.current && lane.holder === who : lane.lease !== 'none';
  const asked = rules.has('lessFromAskingOn') ? Math.min(hold.granted, granted) : hold.granted;
  const sent = withHold(state, who, { granted: asked, renewal: { granted, renewed, fresh: true } });
  return renewed ? withLane(sent, { lease: 'live', granted }) : sent;
}

/** The snapshot of `release-lanes.ts`: its look at the deliveries … */
export function beginRelease(state: State, who: Who, { current, stopping }: Hold): State {
  const { deliveries } = state;
  const saw = deliveries.includes('due') ? 'due' : deliveries.includes('later') ? 'later' : 'nothing';
  return withDispatcher(state, who, { hold: null, release: { current, stopping, saw, goOn: null } });
}

/** … and, once it has the lane's row lock, what it writes and answers. Whatever is committed in between it does not see. */
export function endRelease(state: State, who: Who, release: Release, { rules }: World): State {
  const { lane } = state;
  const mine = rules.has('releaseByEpoch') ? release.current && lane.holder === who : lane.lease !== 'none';
  if (!mine) {
    const lost = { ...release, stopping: true, goOn: true };
    return withDispatcher(state, who, { release: rules.has('lostLaneIsWoken') ? lost : null });
  }
  const knocked = lane.knocked && rules.has('releaseAnswersTheKnock');
  const due = release.saw === 'due' && rules.has('releaseGoesOnWhenDue');
  const wakeAt = !rules.has('releaseWritesWakeAt')
    ? 'none'
    : release.saw === 'later'
      ? 'future'
      : release.saw === 'passed'
        ? 'passed'
        : 'none';
  const free = withLane(state, { holder: null, lease: 'none', granted: 0, knocked: false, wakeAt });
  // A lane that nobody need go on with: the answer changes nothing.
  return withDispatcher(free, who, { release: knocked || due ? { ...release, goOn: true } : null });
}

/** `settle-attempts.ts`: `delivered` at any epoch, a retry over `pending` only and by the current epoch only. */
export function settle(state: State, n: number, request: Request, isCurrent: boolean, { rules }: World): State {
  const { delivery, phase } = request;
  const settled = withoutRequest(state, n);
  if (phase === 'succeeded') return withDelivery(settled, delivery, 'delivered');
  const isPending = state.deliveries[delivery] === 'due' || state.deliveries[delivery] === 'later';
  if (!isPending || (rules.has('settleByEpoch') && !isCurrent)) return settled;
  const broken = request.current ? null : `${NAMES[request.by]} writes a retry with an epoch that has passed`;
  return { ...withDelivery(settled, delivery, 'later'), broken: state.broken ?? broken };
}

/** Most requests a holder may have in flight. */
export function limitOf({ granted, inherited }: Hold, { cap, rules }: World): number {
  const room = Math.max(0, cap - inherited);
  return rules.has('grantBeforeUse') ? Math.min(granted, room) : room;
}

/** What a holder may ask for: all there is room for, or, of a smaller window, no less than is in flight. */
export function grantsWanted(state: State, who: Who, { inherited }: Hold, { cap }: World): Set<number> {
  const open = inFlight(state, who);
  const room = Math.max(0, cap - inherited);
  return new Set([Math.max(open, room), Math.max(open, Math.min(1, room))]);
}
