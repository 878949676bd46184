import type { LaneFlow } from '#persistence';

/** What an attempt changed beside its delivery, to be committed with it: a pause, the breaker, the end of the endpoint. */
export interface LaneChange {
  flow: LaneFlow;
  /** The breaker opened for the first time, or closed. */
  transition: 'failing' | 'recovered' | null;
  /** Why the breaker is, or was, open. */
  reason: string | null;
  /** Since when it is so, milliseconds. */
  since: number;
  disables: 'gone' | 'failing' | null;
}
