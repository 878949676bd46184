/** One of two dispatchers. */
export type Who = 0 | 1;
export const BOTH: readonly Who[] = [0, 1];
export const NAMES = ['A', 'B'] as const;

/** `later`: pending, its next attempt is not due yet. */
export type Delivery = 'unpublished' | 'due' | 'later' | 'delivered';

/** The lane's row. Its epoch is not here: all that is ever asked is whether somebody's epoch is the current one, and so everybody has that flag. */
export interface LaneRow {
  holder: Who | null;
  lease: 'none' | 'live' | 'expired';
  knocked: boolean;
  wakeAt: 'none' | 'future' | 'passed';
  granted: number;
  /** What older epochs may still have open; 0 from `inherited_until` on. */
  inherited: number;
}

/** BullMQ's job for this lane, with deduplication. */
export interface Queue {
  /** A wake on its way from a publisher or a timer. */
  onItsWay: boolean;
  waiting: boolean;
  active: Who | null;
  /** What came while one was active. */
  kept: boolean;
  /** Repeats of the queue's own; it has none, but for the rule that says so. */
  schedule: boolean;
}

/** A lane in its holder's hands. */
export interface Hold {
  /** False: acquired, the answer is on its way. */
  known: boolean;
  /** Its epoch is the lane's. */
  current: boolean;
  /** By the holder's own clock its lease has not ended. */
  fence: boolean;
  granted: number;
  inherited: number;
  /** The last claim brought all there was. */
  drained: boolean;
  /** Being handed over. */
  stopping: boolean;
  /** Claimed and not begun; a bit a delivery. */
  buffered: number;
  /** On its way back. */
  claim: { brought: number; held: boolean; knocked: boolean } | null;
  renewal: { granted: number; renewed: boolean; fresh: boolean } | null;
}

export interface Release {
  current: boolean;
  stopping: boolean;
  /** What the statement's snapshot showed; `passed`: it was not due then, and is now. */
  saw: 'nothing' | 'due' | 'later' | 'passed';
  /** On its way back; null: not executed yet. */
  goOn: boolean | null;
}

export interface Dispatcher {
  process: 'up' | 'stopped' | 'down';
  /** Works a job of this lane. */
  job: boolean;
  acquire: 'none' | 'asked' | 'refused' | 'to knock';
  /** The lane was wanted once more while it was being acquired. */
  again: boolean;
  hold: Hold | null;
  release: Release | null;
}

/** One attempt. `begun`: no byte written; `open`: the receiver has it; then its outcome, not settled yet. */
export interface Request {
  delivery: number;
  by: Who;
  current: boolean;
  /** It belongs to what its process holds now, not to a lane it has lost. */
  ours: boolean;
  phase: 'begun' | 'open' | 'succeeded' | 'failed' | 'judged current';
}

export interface State {
  deliveries: readonly Delivery[];
  lane: LaneRow;
  queue: Queue;
  dispatchers: readonly [Dispatcher, Dispatcher];
  requests: readonly Request[];
  /** How many more of each may happen. */
  left: { faults: number; spare: number; slow: number; failures: number };
  broken: string | null;
}

const IDLE: Dispatcher = { process: 'up', job: false, acquire: 'none', again: false, hold: null, release: null };

/** Nobody is about; what is published has its wake on its way. */
export function initialState(deliveries: number, published: boolean, left: State['left']): State {
  return {
    deliveries: Array.from({ length: deliveries }, () => (published ? ('due' as const) : ('unpublished' as const))),
    lane: { holder: null, lease: 'none', knocked: false, wakeAt: 'none', granted: 0, inherited: 0 },
    queue: { onItsWay: published, waiting: false, active: null, kept: false, schedule: true },
    dispatchers: [IDLE, IDLE],
    requests: [],
    left,
    broken: null,
  };
}

export const other = (who: Who): Who => (who === 0 ? 1 : 0);

export function withDispatcher(state: State, who: Who, change: Partial<Dispatcher>): State {
  const changed = { ...state.dispatchers[who], ...change };
  return { ...state, dispatchers: who === 0 ? [changed, state.dispatchers[1]] : [state.dispatchers[0], changed] };
}

/** Of what it holds; whoever asks knows that it holds the lane. */
export function withHold(state: State, who: Who, change: Partial<Hold>): State {
  const { hold } = state.dispatchers[who];
  return hold ? withDispatcher(state, who, { hold: { ...hold, ...change } }) : state;
}

export const withLane = (state: State, change: Partial<LaneRow>): State => ({
  ...state,
  lane: { ...state.lane, ...change },
});

export const withQueue = (state: State, change: Partial<Queue>): State => ({
  ...state,
  queue: { ...state.queue, ...change },
});

export const withDelivery = (state: State, n: number, to: Delivery): State => ({
  ...state,
  deliveries: state.deliveries.with(n, to),
});

export function withRequest(state: State, n: number, change: Partial<Request>): State {
  const request = state.requests[n];
  return request ? { ...state, requests: state.requests.with(n, { ...request, ...change }) } : state;
}

export const withoutRequest = (state: State, n: number): State => ({
  ...state,
  requests: state.requests.toSpliced(n, 1),
});

export const wake = (state: State): State => withQueue(state, { onItsWay: true });

/** What that dispatcher has in flight on the lane it holds. */
export const inFlight = ({ requests }: State, who: Who): number =>
  requests.filter(({ by, ours, phase }) => by === who && ours && (phase === 'begun' || phase === 'open')).length;

/** Forgets the lane: its requests go on, as those of a lane that is not in hand. */
export function letGo(state: State, who: Who): State {
  const requests = state.requests
    .filter(({ by, ours, phase }) => !(by === who && ours && phase === 'begun'))
    .map((request) => (request.by === who && request.ours ? { ...request, ours: false } : request));
  return { ...withDispatcher(state, who, { hold: null }), requests };
}
