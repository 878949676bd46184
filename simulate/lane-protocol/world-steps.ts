import {
  BOTH,
  letGo,
  NAMES,
  other,
  wake,
  withDelivery,
  withDispatcher,
  withHold,
  withLane,
  withQueue,
} from './state.js';
import type { Request, State, Who } from './state.js';
import type { StepKind } from './explore.js';
import { step } from './step.js';
import type { Steps } from './step.js';

/** The producer. Committing comes before waking, and the wake is not awaited. */
export const publishes: Steps = (state) => {
  const n = state.deliveries.indexOf('unpublished');
  if (n < 0) return [];
  const text = `Delivery ${n + 1} is committed; its wake is on its way.`;
  return [step('environment', text, wake(withDelivery(state, n, 'due')))];
};

/** What may happen any time and is no fault, but must not happen for ever. */
export const spareSteps: Steps = (state) => {
  const { left, queue } = state;
  if (left.spare === 0) return [];
  const spent = { ...state, left: { ...left, spare: left.spare - 1 } };
  const steps = queue.onItsWay ? [] : [step('environment', 'A wake comes a second time.', wake(spent))];
  for (const who of BOTH) {
    const { process, hold } = state.dispatchers[who];
    if (process !== 'up' || !hold?.known || hold.stopping) continue;
    const leaving = withHold(spent, who, { stopping: true, buffered: 0 });
    steps.push(step('environment', `${NAMES[who]} is to hand the lane over.`, leaving));
  }
  return steps;
};

/** A lease ends though its holder runs: it was too slow to renew. */
export const slowHolder: Steps = (state, { rules }) => {
  const { left } = state;
  if (left.slow === 0 || holderIsGone(state)) return [];
  const spent = { ...state, left: { ...left, slow: left.slow - 1 } };
  return leaseEnds(spent, rules.has('fenceCountsFromSending'), 'environment');
};

/** Time, as far as anybody can tell it. */
export const timePasses: Steps = (state, { rules }) => [
  ...fallsDue(state),
  ...(holderIsGone(state) ? leaseEnds(state, rules.has('fenceCountsFromSending'), 'progress') : []),
  ...inheritanceEnds(state, rules.has('inheritedForTheTimeout')),
];

function fallsDue(state: State): ReturnType<Steps> {
  const { deliveries, lane } = state;
  if (!deliveries.includes('later') && lane.wakeAt !== 'future') return [];
  const due = deliveries.map((delivery) => (delivery === 'later' ? 'due' : delivery));
  const wakeAt = lane.wakeAt === 'future' ? 'passed' : lane.wakeAt;
  let after: State = { ...state, deliveries: due, lane: { ...lane, wakeAt } };
  for (const who of BOTH) {
    const { release } = after.dispatchers[who];
    if (release?.saw === 'later') after = withDispatcher(after, who, { release: { ...release, saw: 'passed' } });
  }
  return [step('progress', 'The retry falls due.', after)];
}

/**
 * Whoever counts from before it sent the statement knows at that moment that its lease has ended, whether or not it has run since: its clock has. And an
 * answer that comes later prolongs nothing.
 */
function leaseEnds(state: State, countsFromSending: boolean, kind: StepKind): ReturnType<Steps> {
  if (state.lane.lease !== 'live') return [];
  let after = withLane(state, { lease: 'expired' });
  for (const who of countsFromSending ? BOTH : []) {
    const { hold } = after.dispatchers[who];
    if (!hold?.current) continue;
    const renewal = hold.renewal && { ...hold.renewal, fresh: false };
    after = withHold(after, who, { fence: false, renewal });
  }
  return [step(kind, 'Postgres: the lease ends.', after)];
}

/** Nobody is there who would renew or release: the lease ends by itself. */
function holderIsGone({ lane, dispatchers }: State): boolean {
  if (lane.holder === null) return false;
  const { process, hold, release } = dispatchers[lane.holder];
  return process !== 'up' || (!hold?.current && !(release?.current && release.goOn === null));
}

/** By then every request of an older epoch has had its time-out. Of the lease's end alone that cannot be said. */
function inheritanceEnds(state: State, countsTheTimeout: boolean): ReturnType<Steps> {
  if (state.lane.inherited === 0) return [];
  let after = withLane(state, { inherited: 0 });
  for (const who of BOTH) after = withHold(after, who, { inherited: 0 });
  if (countsTheTimeout) after = { ...after, requests: state.requests.flatMap((request) => timedOut(state, request)) };
  return [step('progress', 'What was inherited no longer counts.', after)];
}

function timedOut(state: State, request: Request): Request[] {
  if (request.current || request.phase !== 'open') return [request];
  return state.dispatchers[request.by].process === 'down' ? [] : [{ ...request, phase: 'failed' }];
}

/** Not a fault, nor does anything depend on it: a process comes back. */
export const processesReturn: Steps = (state) =>
  BOTH.flatMap((who) => {
    const { process } = state.dispatchers[who];
    if (process === 'up') return [];
    const text = process === 'stopped' ? `${NAMES[who]} runs on (SIGCONT).` : `${NAMES[who]} is started again.`;
    return [step('environment', text, withDispatcher(state, who, { process: 'up' }))];
  });

/** One of the two at a time dies or stands still; the queue, a wake or an answer may be lost at any moment. */
export const faults: Steps = (state) => {
  const { left } = state;
  if (left.faults === 0) return [];
  const spent = { ...state, left: { ...left, faults: left.faults - 1 } };
  return [...BOTH.flatMap((who) => processFaults(spent, who)), ...queueFaults(spent)];
};

function processFaults(state: State, who: Who): ReturnType<Steps> {
  const { process } = state.dispatchers[who];
  if (process !== 'up' || state.dispatchers[other(who)].process !== 'up') return [];
  return [
    step('fault', `${NAMES[who]} is killed (kill -9).`, killed(state, who)),
    step('fault', `${NAMES[who]} stands still (SIGSTOP).`, withDispatcher(state, who, { process: 'stopped' })),
    ...answerFaults(state, who),
  ];
}

/** What its receivers have not answered yet they may go on with. */
function killed(state: State, who: Who): State {
  const gone = letGo(state, who);
  const requests = gone.requests.filter(({ by, phase }) => by !== who || phase === 'open');
  const dispatcher = { process: 'down', job: false, acquire: 'none', again: false, release: null } as const;
  return { ...withDispatcher(gone, who, dispatcher), requests };
}

function answerFaults(state: State, who: Who): ReturnType<Steps> {
  const { hold, release } = state.dispatchers[who];
  const steps = [];
  const text = (of: string): string => `The answer to ${NAMES[who]}’s ${of} is lost.`;
  if (hold && !hold.known) steps.push(step('fault', text('acquisition'), withDispatcher(state, who, { hold: null })));
  if (hold?.renewal) steps.push(step('fault', text('renewal'), withHold(state, who, { renewal: null })));
  if (release && release.goOn !== null)
    steps.push(step('fault', text('release'), withDispatcher(state, who, { release: null })));
  return steps;
}

function queueFaults(state: State): ReturnType<Steps> {
  const steps = [];
  if (state.queue.onItsWay) steps.push(step('fault', 'The wake is lost.', withQueue(state, { onItsWay: false })));
  const empty = { waiting: false, active: null, kept: false, schedule: false };
  steps.push(step('fault', 'The queue loses all it holds.', withQueue(state, empty)));
  return steps;
}
