import type { Dispatcher, Hold, Release, Request, State } from './state.js';

const DELIVERY = { unpublished: 0, due: 1, later: 2, delivered: 3 };
const LEASE = { none: 0, live: 1, expired: 2 };
const WAKE_AT = { none: 0, future: 1, passed: 2 };
const PROCESS = { up: 0, stopped: 1, down: 2 };
const ACQUIRE = { none: 0, asked: 1, refused: 2, 'to knock': 3 };
const SAW = { nothing: 0, due: 1, later: 2, passed: 3 };
const PHASE = { begun: 0, open: 1, succeeded: 2, failed: 3, 'judged current': 4 };

/** Numbers up to 7 in one, three bits each: at most ten of them. */
function pack(...values: (number | boolean)[]): number {
  let packed = 0;
  for (const value of values) packed = packed * 8 + Number(value);
  return packed;
}

/**
 * A state as a short text (a text of words took three times as long to make and to look up), the same for the same state: requests in an
 * order of their own, since it means nothing which began first. No counter of the model goes beyond 7.
 */
export function stateKey(state: State): string {
  const { deliveries, lane, queue, dispatchers, requests, left, broken } = state;
  const open = requests.length > 1 ? requests.map(requestCode).sort((a, b) => a - b) : requests.map(requestCode);
  const row = pack(
    who(lane.holder),
    LEASE[lane.lease],
    lane.knocked,
    WAKE_AT[lane.wakeAt],
    lane.granted,
    lane.inherited,
  );
  const job = pack(queue.onItsWay, queue.waiting, who(queue.active), queue.kept, queue.schedule);
  const more = pack(left.faults, left.spare, left.slow, left.failures);
  const published = pack(...deliveries.map((delivery) => DELIVERY[delivery]));
  return `${published} ${row} ${job} ${more} ${dispatcherCode(dispatchers[0])} ${dispatcherCode(dispatchers[1])} ${open.join(',')}${broken ?? ''}`;
}

function dispatcherCode({ process, job, acquire, again, hold, release }: Dispatcher): string {
  const code = pack(PROCESS[process], job, ACQUIRE[acquire], again);
  return `${code}${hold ? `h${holdCode(hold)}` : ''}${release ? `r${releaseCode(release)}` : ''}`;
}

function holdCode({ claim, renewal, ...hold }: Hold): string {
  const flags = pack(hold.known, hold.current, hold.fence, hold.drained, hold.stopping);
  const amounts = pack(hold.granted, hold.inherited, hold.buffered);
  const claimed = claim ? pack(1, claim.brought, claim.held, claim.knocked) : 0;
  const renewing = renewal ? pack(1, renewal.granted, renewal.renewed, renewal.fresh) : 0;
  return `${flags}.${amounts}.${claimed}.${renewing}`;
}

const releaseCode = ({ current, stopping, saw, goOn }: Release): number => pack(current, stopping, SAW[saw], goOn ?? 2);
const requestCode = ({ delivery, by, current, ours, phase }: Request): number =>
  pack(delivery, by, current, ours, PHASE[phase]);
const who = (holder: number | null): number => holder ?? 2;
