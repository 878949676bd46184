import type { StepKind, Successor } from './explore.js';
import type { Rules } from './rules.js';
import type { State } from './state.js';

export interface World {
  rules: Rules;
  /** The endpoint's `concurrency`. */
  cap: number;
  sweep: boolean;
  /** The receiver never answers: requests end by their time-out alone. */
  hangs: boolean;
}

/** Everything of one kind that may happen in that state. */
export type Steps = (state: State, world: World) => Successor<State>[];

export const step = (kind: StepKind, text: string, state: State): Successor<State> => ({ kind, text, state });
