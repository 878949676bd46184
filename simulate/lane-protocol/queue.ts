import { acquiring } from './dispatcher.js';
import { BOTH, NAMES, withDispatcher, withHold, withQueue, wake } from './state.js';
import type { Dispatcher, State, Who } from './state.js';
import { step } from './step.js';
import { limitOf } from './statements.js';
import type { Steps, World } from './step.js';

/** BullMQ's deduplication: at most one job of the lane active and one waiting. */
export const wakeArrives: Steps = (state, { rules }) => {
  const { queue } = state;
  if (!queue.onItsWay) return [];
  if (queue.active === null)
    return [step('progress', 'The wake becomes a job.', withQueue(state, { onItsWay: false, waiting: true }))];
  const kept = queue.kept || rules.has('queueKeepsTheLastWake');
  const text = kept ? 'The wake is kept until the active job has ended.' : 'The wake is dropped: a job is active.';
  return [step('progress', text, withQueue(state, { onItsWay: false, kept }))];
};

/** `host-lanes.ts`, `hold-lanes.ts`: a lane that is in hand is knocked at in memory, any other is asked for. */
export const fetchJob: Steps = (state) =>
  (isFresh(state) ? [0 as const] : BOTH)
    .filter((who) => mayFetch(state, who))
    .map((who) => {
      const { hold } = state.dispatchers[who];
      const fetched = withDispatcher(withQueue(state, { waiting: false, active: who }), who, { job: true });
      if (hold?.known)
        return step(
          'progress',
          `${NAMES[who]} fetches the job and knocks at the lane in its own hands.`,
          knockInside(fetched, who),
        );
      if (acquiring(state.dispatchers[who]))
        return step(
          'progress',
          `${NAMES[who]} fetches the job of a lane it is acquiring already.`,
          withDispatcher(fetched, who, { again: true }),
        );
      return step('progress', `${NAMES[who]} fetches the job.`, withDispatcher(fetched, who, { acquire: 'asked' }));
    });

/** Neither has done anything yet: whichever begins is called A, or everything would be walked twice. */
const isFresh = ({ dispatchers: [a, b], lane }: State): boolean => a === b && lane.lease === 'none';

function mayFetch({ queue, dispatchers }: State, who: Who): boolean {
  const { process, job } = dispatchers[who];
  return queue.waiting && queue.active === null && process === 'up' && !job;
}

/** It looks again; a claim that was sent before may have seen less. */
export function knockInside(state: State, who: Who): State {
  const claim = state.dispatchers[who].hold?.claim;
  return withHold(state, who, { drained: false, claim: claim ? { ...claim, knocked: true } : null });
}

/** A lane that needs no slot ends its job: all it may send is inherited, drained with requests in flight, while it is being released, or not held at all. */
export const jobEnds: Steps = (state, world) =>
  BOTH.filter((who) => mayEndJob(state.dispatchers[who], world)).map((who) => {
    const { queue } = state;
    const ended = withDispatcher(state, who, { job: false });
    const text = `${NAMES[who]}’s job ends.`;
    // A job that stalled belongs to somebody else by now.
    if (queue.active !== who) return step('progress', text, ended);
    return step(
      'progress',
      queue.kept ? `${text} The wake that was kept becomes a job.` : text,
      withQueue(ended, { active: null, kept: false, waiting: queue.waiting || queue.kept }),
    );
  });

function mayEndJob(dispatcher: Dispatcher, world: World): boolean {
  const { process, job, hold } = dispatcher;
  if (!job || process !== 'up' || acquiring(dispatcher)) return false;
  if (!hold || (limitOf(hold, world) === 0 && hold.claim === null)) return true;
  return (hold.drained || hold.stopping) && hold.buffered === 0 && hold.claim === null;
}

/** A job whose worker says nothing becomes a waiting one. */
export const jobStalls: Steps = (state) => {
  const { active } = state.queue;
  if (active === null) return [];
  const { process, job } = state.dispatchers[active];
  if (process === 'up' && job) return [];
  return [
    step(
      'progress',
      `${NAMES[active]}’s job has stalled and waits again.`,
      withQueue(state, { active: null, waiting: true }),
    ),
  ];
};

/** `sql/due-lanes.ts`: a lane whose time has come, or whose lease has ended. */
export const dueWakes: Steps = (state) => {
  const { lane } = state;
  const steps = [];
  if (lane.wakeAt === 'passed')
    steps.push(
      step(
        'progress',
        'The timer finds that wake_at has passed, clears it and wakes the lane.',
        wake({ ...state, lane: { ...lane, wakeAt: 'none' } }),
      ),
    );
  if (lane.lease === 'expired' && isQuiet(state))
    steps.push(step('progress', 'The timer finds the lease ended and wakes the lane.', wake(state)));
  return steps;
};

/** `sql/sweep-lanes.ts` */
export const sweep: Steps = (state, { rules, sweep: on }) => {
  const { lane, queue, deliveries } = state;
  const runs = on && rules.has('sweep') && (queue.schedule || rules.has('sweepOutsideTheQueue'));
  const isForgotten = deliveries.includes('due') && lane.lease !== 'live' && lane.wakeAt !== 'future';
  if (!runs || !isForgotten || !isQuiet(state)) return [];
  return [step('progress', 'The sweep finds the lane and wakes it.', wake(state))];
};

/** Another wake would change nothing. */
const isQuiet = ({ queue }: State): boolean => !queue.onItsWay && !queue.waiting;
