/**
 * `progress`: the system's own, it happens sooner or later. `environment`: may happen or not (a publish, a process that comes back), so nothing
 * may depend on it. `fault`: what must be survived.
 */
export type StepKind = 'progress' | 'environment' | 'fault';

export interface Successor<State> {
  kind: StepKind;
  text: string;
  state: State;
}

export interface Model<State> {
  initial: State;
  successors(state: State): Successor<State>[];
  /** Equal for equal states, and only for them. */
  keyOf(state: State): string;
  /** What must never be; null: nothing is wrong. */
  violation(state: State): string | null;
  /** Where the system must be able to get from everywhere, by progress alone; null: it need not. */
  isSettled: ((state: State) => boolean) | null;
}

export interface CounterExample {
  violation: string;
  /** From the initial state on; there is no shorter way to such a violation. */
  steps: string[];
}

export interface Explored {
  states: number;
  steps: number;
  counterExample: CounterExample | null;
}

const STUCK = 'nothing moves any more, and there is a delivery left';
const LOST = 'whatever happens from here on by itself, a delivery is left';

/** Walks every state that can be reached, nearest first, so what it finds is found on a shortest way. */
export class Explorer<State> {
  /** In the order in which they were found: how each was reached first … */
  private readonly parents: number[] = [];
  private readonly texts: string[] = [];
  /** … and those that are still to be gone on from; the others are forgotten. */
  private readonly states: (State | null)[] = [];
  private readonly known = new Map<string, number>();
  /** Steps of progress, as pairs: from, to. */
  private readonly progress: number[] = [];
  private readonly settled: number[] = [];
  private steps = 0;

  constructor(private readonly model: Model<State>) {}

  explore(): Explored {
    this.visit(this.model.initial, -1, '');
    for (let at = 0; at < this.states.length; at += 1) {
      const violation = this.violationAt(at);
      this.states[at] = null;
      if (violation !== null) return this.found(at, violation);
    }
    const doomed = this.model.isSettled ? this.firstThatNeverSettles() : null;
    return doomed === null ? this.found(null, '') : this.found(doomed, LOST);
  }

  /** Expands the state too. */
  private violationAt(at: number): string | null {
    const { model } = this;
    const state = this.states[at] as State;
    const violation = model.violation(state);
    if (violation !== null) return violation;
    let moves = false;
    for (const { kind, text, state: next } of model.successors(state)) {
      this.steps += 1;
      const to = this.visit(next, at, text);
      if (kind !== 'progress' || to === at) continue;
      moves = true;
      if (model.isSettled) this.progress.push(at, to);
    }
    if (!model.isSettled) return null;
    if (model.isSettled(state)) this.settled.push(at);
    else if (!moves) return STUCK;
    return null;
  }

  private visit(state: State, parent: number, text: string): number {
    const key = this.model.keyOf(state);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const at = this.states.length;
    this.known.set(key, at);
    this.states.push(state);
    this.parents.push(parent);
    this.texts.push(text);
    return at;
  }

  /** In a finite graph: if the goal can be reached from everywhere, every path that is fair to all steps reaches it. */
  private firstThatNeverSettles(): number | null {
    const reaches = new Uint8Array(this.states.length);
    for (const at of this.settled) reaches[at] = 1;
    // Found nearest first, so most steps lead on: from the last to the first, a few rounds reach everything.
    for (let grows = true; grows;) {
      grows = false;
      for (let n = this.progress.length - 2; n >= 0; n -= 2) {
        const from = this.progress[n] ?? 0;
        if (reaches[from] || !reaches[this.progress[n + 1] ?? 0]) continue;
        reaches[from] = 1;
        grows = true;
      }
    }
    const first = reaches.indexOf(0);
    return first < 0 ? null : first;
  }

  private found(at: number | null, violation: string): Explored {
    const { steps } = this;
    const counterExample = at === null ? null : { violation, steps: this.wayTo(at) };
    return { states: this.states.length, steps, counterExample };
  }

  private wayTo(at: number): string[] {
    const way: string[] = [];
    for (let node = at; node > 0; node = this.parents[node] ?? 0) way.push(this.texts[node] ?? '');
    return way.reverse();
  }
}
