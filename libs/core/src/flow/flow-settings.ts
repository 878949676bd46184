import { MINUTE, SECOND } from '../units.js';

/** The constants of flow control. All are configuration, so that tests can scale time. Milliseconds where a name says so. */
export interface FlowSettings {
  /** Requests in flight that a lane nobody knows yet begins with. */
  readonly initialWindow: number;
  /** A success that took longer is no reason to send more at once. */
  readonly slowSuccessMs: number;
  /** Losses in a row that open the breaker. */
  readonly lossesInARow: number;
  /** Attempts within `countedMs` from which on the share of losses counts … */
  readonly ratioAttempts: number;
  /** … and opens the breaker, in percent. */
  readonly lossPercent: number;
  /** Attempts within `countedMs` without a single success that open it, whatever was answered. */
  readonly rejectingAttempts: number;
  readonly countedMs: number;
  /** How long it is open at first; doubles each time the probe fails, up to `openAtMostMs`. */
  readonly openMs: number;
  readonly openAtMostMs: number;
}

export const DEFAULT_FLOW_SETTINGS: FlowSettings = Object.freeze({
  initialWindow: 2,
  slowSuccessMs: 5 * SECOND,
  lossesInARow: 5,
  ratioAttempts: 10,
  lossPercent: 70,
  rejectingAttempts: 20,
  countedMs: MINUTE,
  openMs: 30 * SECOND,
  openAtMostMs: 15 * MINUTE,
});
