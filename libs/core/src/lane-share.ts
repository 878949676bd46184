/** What one dispatcher knows of itself and of the others at a beat. */
export interface DispatcherLoad {
  /** Lanes that stay here. */
  own: number;
  /** Lanes of all live dispatchers, this one's among them. */
  total: number;
  /** Live dispatchers, this one among them. */
  live: number;
  /** The part of the time in which the event loop worked since the last beat, 0 to 1. */
  busy: number;
  /** Of the least busy of the others; null: there is none. */
  leastBusy: number | null;
}

/** What it does until the next beat: whether it fetches wakes, and how many of its lanes it lets go. */
export interface LaneShare {
  fetch: boolean;
  handOver: number;
}

/** So far above the fair share (and by more than one lane) a dispatcher counts as even: lanes come and go all the time. */
const TOLERATED = 0.1;
/** At most this part of the lanes is handed over at one beat: the others report what they took before more moves. */
const HANDED_AT_MOST = 1 / 3;
/** An event loop busier than this answers late, leases included. */
const TOO_BUSY = 0.95;
/** Lanes move only to a dispatcher that is idler by so much: otherwise both would be too busy in turn. */
const IDLER_BY = 0.2;
const HANDED_WHEN_BUSY = 0.05;

/** The rule by which dispatchers share lanes without anybody who decides for them. A dispatcher alone always fetches. */
export function shareLanes({ own, total, live, busy, leastBusy }: DispatcherLoad): LaneShare {
  if (live <= 1) return { fetch: true, handOver: 0 };
  const fair = Math.ceil(total / live);
  const surplus = own - fair;
  if (surplus > Math.max(1, TOLERATED * fair)) {
    return { fetch: false, handOver: Math.min(surplus, Math.max(1, Math.floor(own * HANDED_AT_MOST))) };
  }
  if (busy > TOO_BUSY && leastBusy !== null && leastBusy < busy - IDLER_BY) {
    return { fetch: false, handOver: own > 1 ? Math.max(1, Math.floor(own * HANDED_WHEN_BUSY)) : 0 };
  }
  return { fetch: true, handOver: 0 };
}
