import type { Successor } from './explore.js';
import { BOTH, inFlight, letGo, NAMES, wake, withDispatcher, withHold, withoutRequest, withRequest } from './state.js';
import type { Dispatcher, Hold, Request, State, Who } from './state.js';
import {
  acquire,
  beginRelease,
  claim,
  endRelease,
  grantsWanted,
  knockAfterwards,
  limitOf,
  renew,
  settle,
} from './statements.js';
import { step } from './step.js';
import type { Steps, World } from './step.js';

/** An acquisition is under way: whatever else wants the lane in this process joins it. */
export const acquiring = ({ acquire: asked, hold }: Dispatcher): boolean => asked !== 'none' || hold?.known === false;

/** The same for both dispatchers, each by itself. */
const forEach =
  (steps: (state: State, who: Who, world: World) => (Successor<State> | null)[]): Steps =>
  (state, world) =>
    BOTH.flatMap((who) => steps(state, who, world)).filter((found) => found !== null);

/** Postgres executes what was sent, whether or not its sender still runs. */
export const postgresExecutes: Steps = forEach((state, who, world) => {
  const { process, acquire: asked, release } = state.dispatchers[who];
  if (process === 'down') return [];
  const steps = [];
  if (asked === 'asked') {
    const after = acquire(state, who, world);
    const takes = after.dispatchers[who].acquire === 'none';
    const how = state.lane.lease === 'none' ? 'takes the lane' : 'takes the lane over';
    const text = takes ? how : after.lane.knocked ? 'finds the lane held and leaves a knock' : 'finds the lane held';
    steps.push(step('progress', `Postgres: ${NAMES[who]} ${text}.`, after));
  }
  if (asked === 'to knock')
    steps.push(step('progress', `Postgres: ${NAMES[who]} leaves its knock.`, knockAfterwards(state, who)));
  if (release?.goOn === null) {
    const after = endRelease(state, who, release, world);
    const text = after.lane.lease === 'none' ? 'the lane is free' : 'nothing is written';
    const answer = after.dispatchers[who].release?.goOn ? ', the answer is to go on' : '';
    steps.push(step('progress', `Postgres: ${NAMES[who]}’s release commits: ${text}${answer}.`, after));
  }
  return steps;
});

/** An answer arrives, of whatever was asked. */
export const answersArrive: Steps = forEach((state, who, world) => {
  const { process, acquire: asked, again, hold } = state.dispatchers[who];
  if (process !== 'up') return [];
  const name = NAMES[who];
  const steps = [];
  if (asked === 'refused') steps.push(refusalArrives(state, who, again, world));
  if (hold && !hold.known) {
    const fence = hold.fence || !world.rules.has('fenceCountsFromSending');
    steps.push(
      step(
        'progress',
        `${name} hears that it holds the lane.`,
        withHold(withDispatcher(state, who, { again: false }), who, { known: true, fence }),
      ),
    );
  }
  if (hold?.renewal) steps.push(renewalArrives(state, who, hold, hold.renewal, world));
  if (hold?.claim) steps.push(claimArrives(state, who, hold, hold.claim, world));
  return steps;
});

function refusalArrives(state: State, who: Who, again: boolean, { rules }: World): Successor<State> {
  const asksAnew = again && rules.has('joinsNoEarlierAcquisition');
  const text = `${NAMES[who]} hears that it was refused${asksAnew ? ', and asks once more' : ''}.`;
  return step('progress', text, withDispatcher(state, who, { acquire: asksAnew ? 'asked' : 'none', again: false }));
}

function renewalArrives(
  state: State,
  who: Who,
  hold: Hold,
  { renewed, granted, fresh }: NonNullable<Hold['renewal']>,
  world: World,
): Successor<State> {
  if (!renewed) return step('progress', `${NAMES[who]} hears that its lane is lost.`, loses(state, who, world));
  const fence = hold.fence || fresh || !world.rules.has('fenceCountsFromSending');
  const text = `${NAMES[who]} hears that its lease is renewed for ${granted} in flight.`;
  return step('progress', text, withHold(state, who, { fence, granted, renewal: null }));
}

/** Its knocks went to a lane that was another's: whoever holds that one now may not have heard of them. */
function loses(state: State, who: Who, { rules }: World): State {
  const lost = letGo(state, who);
  return rules.has('lostLaneIsWoken') ? wake(lost) : lost;
}

function claimArrives(
  state: State,
  who: Who,
  hold: Hold,
  { brought, held, knocked }: NonNullable<Hold['claim']>,
  world: World,
): Successor<State> {
  if (!held)
    return step('progress', `${NAMES[who]} hears from its claim that the lane is lost.`, loses(state, who, world));
  const inHand = state.requests.reduce(
    (bits, { by, ours, delivery }) => (by === who && ours ? bits | (1 << delivery) : bits),
    hold.buffered,
  );
  const buffered = hold.stopping ? 0 : hold.buffered | (brought & ~inHand);
  const text = buffered === hold.buffered ? 'brings nothing' : 'brings what is due';
  return step(
    'progress',
    `${NAMES[who]}’s claim ${text}.`,
    withHold(state, who, { buffered, drained: !knocked, claim: null }),
  );
}

/** `lane.ts`: claim, begin, renew, release. */
export const laneMoves: Steps = forEach((state, who, world) => {
  const { process, hold } = state.dispatchers[who];
  if (process !== 'up' || !hold?.known) return [];
  return [
    claims(state, who, hold, world),
    begins(state, who, hold, world),
    ...renews(state, who, hold, world),
    releases(state, who, hold),
  ];
});

function claims(state: State, who: Who, hold: Hold, world: World): Successor<State> | null {
  if (hold.claim || hold.drained || hold.stopping || hold.buffered > 0 || limitOf(hold, world) === 0) return null;
  return step('progress', `Postgres: ${NAMES[who]} claims.`, claim(state, who, hold));
}

function begins(state: State, who: Who, hold: Hold, world: World): Successor<State> | null {
  if (hold.buffered === 0 || hold.stopping || inFlight(state, who) >= limitOf(hold, world)) return null;
  if (!hold.fence && !world.rules.has('fenceAtTheLastMoment') && world.rules.has('fence')) return null;
  const delivery = 31 - Math.clz32(hold.buffered & -hold.buffered);
  const request: Request = { delivery, by: who, current: hold.current, ours: true, phase: 'begun' };
  const begun = withHold(state, who, { buffered: hold.buffered & ~(1 << delivery) });
  return step('progress', `${NAMES[who]} begins request ${delivery + 1}.`, {
    ...begun,
    requests: [...state.requests, request],
  });
}

/** Asked for when it changes something: the lease has ended by somebody's clock, or another grant is wanted. */
function renews(state: State, who: Who, hold: Hold, world: World): (Successor<State> | null)[] {
  if (hold.renewal) return [];
  const isFine = hold.fence && hold.current && state.lane.lease === 'live';
  return [...grantsWanted(state, who, hold, world)]
    .filter((granted) => !isFine || granted !== hold.granted)
    .map((granted) => {
      const after = renew(state, who, hold, granted, world);
      const { renewed } = after.dispatchers[who].hold?.renewal ?? {};
      const text = renewed ? `renews its lease for ${granted} in flight` : 'wants to renew a lease that is another’s';
      return step('progress', `Postgres: ${NAMES[who]} ${text}.`, after);
    });
}

function releases(state: State, who: Who, hold: Hold): Successor<State> | null {
  const isBusy = state.requests.some(({ by, ours }) => by === who && ours);
  const isOver = hold.stopping || hold.drained;
  if (!isOver || isBusy || hold.claim || hold.buffered > 0 || state.dispatchers[who].release) return null;
  return step('progress', `${NAMES[who]} releases: the statement’s snapshot is taken.`, beginRelease(state, who, hold));
}

/** `hold-lanes.ts`: after a release somebody may have to go on. */
export const goesOn: Steps = forEach((state, who, { rules }) => {
  const dispatcher = state.dispatchers[who];
  const { process, release, hold } = dispatcher;
  if (process !== 'up' || !release?.goOn) return [];
  const name = NAMES[who];
  const done = withDispatcher(state, who, { release: null });

  if (release.stopping) {
    const handed = rules.has('handOverIsWoken') ? wake(done) : done;
    return [step('progress', `${name} hears that somebody is to go on, and wakes the lane.`, handed)];
  }
  if (acquiring(dispatcher)) {
    const text = `${name} hears that it is to go on with a lane it is acquiring already.`;
    return [step('progress', text, withDispatcher(done, who, { again: true }))];
  }
  if (hold)
    return [
      step(
        'progress',
        `${name} is to go on, and holds the lane again already.`,
        withHold(done, who, { drained: false }),
      ),
    ];
  return [
    step(
      'progress',
      `${name} hears that it is to go on, and asks for the lane.`,
      withDispatcher(done, who, { acquire: 'asked' }),
    ),
  ];
});

/** From the last look at the lease to the settlement. */
export const requestsMove: Steps = (state, world) =>
  state.requests.flatMap((request, n) => {
    if (request.phase === 'begun') return writes(state, n, request, world);
    if (request.phase === 'open') return world.hangs ? [] : answers(state, n, request);
    return settles(state, n, request, world);
  });

function writes(state: State, n: number, request: Request, { rules }: World): Successor<State>[] {
  const { by: who, delivery, current } = request;
  const { process, hold } = state.dispatchers[who];
  if (process !== 'up') return [];
  const isFenced = rules.has('fence') && rules.has('fenceAtTheLastMoment') && !hold?.fence;
  if (isFenced) {
    const back = withHold(withoutRequest(state, n), who, { drained: false });
    return [
      step('progress', `${NAMES[who]}’s lease has ended: not a byte of request ${delivery + 1} is written.`, back),
    ];
  }
  const written = withRequest(state, n, { phase: 'open' });
  const isHolder = current && state.lane.holder === who && state.lane.lease === 'live';
  const broken = isHolder ? null : `${NAMES[who]} writes a request and does not hold the lane`;
  return [
    step('progress', `${NAMES[who]} writes request ${delivery + 1}.`, { ...written, broken: state.broken ?? broken }),
  ];
}

function answers(state: State, n: number, { by: who, delivery }: Request): Successor<State>[] {
  const text = `The receiver answers ${NAMES[who]}’s request ${delivery + 1}`;
  // Nobody is there to hear it.
  if (state.dispatchers[who].process === 'down')
    return [step('progress', `${text}, to nobody.`, withoutRequest(state, n))];
  const succeeded = step('progress', `${text} with 200.`, withRequest(state, n, { phase: 'succeeded' }));
  const { left } = state;
  if (left.failures === 0) return [succeeded];
  const fewer = { ...state, left: { ...left, failures: left.failures - 1 } };
  return [succeeded, step('environment', `${text} with 500.`, withRequest(fewer, n, { phase: 'failed' }))];
}

function settles(state: State, n: number, request: Request, world: World): Successor<State>[] {
  const { by: who, delivery, phase, current } = request;
  if (state.dispatchers[who].process !== 'up') return [];
  const name = NAMES[who];
  // Without the row lock, the look at the epoch and the write are two steps.
  if (phase === 'failed' && current && !world.rules.has('settleLocksTheLane'))
    return [
      step(
        'progress',
        `Postgres: ${name}’s settlement finds its epoch current.`,
        withRequest(state, n, { phase: 'judged current' }),
      ),
    ];
  const isCurrent = current || phase === 'judged current';
  const text = phase === 'succeeded' ? 'delivered' : 'to be tried again';
  return [
    step(
      'progress',
      `Postgres: ${name} settles request ${delivery + 1}: ${text}.`,
      settle(state, n, request, isCurrent, world),
    ),
  ];
}
