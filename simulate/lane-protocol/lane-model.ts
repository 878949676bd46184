import { answersArrive, goesOn, laneMoves, postgresExecutes, requestsMove } from './dispatcher.js';
import type { Model } from './explore.js';
import { dueWakes, fetchJob, jobEnds, jobStalls, sweep, wakeArrives } from './queue.js';
import { stateKey } from './state-key.js';
import { initialState } from './state.js';
import type { State } from './state.js';
import type { Steps, World } from './step.js';
import { faults, processesReturn, publishes, slowHolder, spareSteps, timePasses } from './world-steps.js';

export interface Start {
  deliveries: number;
  /** All of them at the beginning; else one by one, at any time. */
  published: boolean;
  /** How many faults may happen, anywhere. */
  faults: number;
  /** How many wakes may come twice, and lanes be handed over. */
  spare: number;
  /** How many leases end though their holder runs. */
  slow: number;
  /** How many requests may fail. */
  failures: number;
  /** Whether everything published must end delivered. */
  settles: boolean;
}

const STEPS: readonly Steps[] = [
  ...[publishes, wakeArrives, fetchJob, postgresExecutes, answersArrive, laneMoves, requestsMove, goesOn, jobEnds],
  ...[timePasses, dueWakes, sweep, jobStalls, spareSteps, slowHolder, processesReturn, faults],
];

/** The protocol in a world: its steps, and what must never be. */
export function laneModel(world: World, { deliveries, published, settles, ...left }: Start): Model<State> {
  return {
    initial: initialState(deliveries, published, left),
    successors: (state) => STEPS.flatMap((steps) => steps(state, world)),
    keyOf: stateKey,
    violation: (state) => state.broken ?? capViolation(state, world),
    isSettled: settles ? isSettled : null,
  };
}

function capViolation({ requests }: State, { cap }: World): string | null {
  const open = requests.filter(({ phase }) => phase === 'open').length;
  return open > cap ? `the receiver has ${open} requests in flight, and its cap is ${cap}` : null;
}

const isSettled = ({ deliveries }: State): boolean => !deliveries.includes('due') && !deliveries.includes('later');
