import type { PauseReason, StoredFlow } from '#core';

/** A lane's flow state as a holder writes it, with the pause that others must see. */
export interface LaneFlow {
  /** When it was taken, milliseconds: an older one never overwrites a newer one. */
  at: number;
  /** Null: as in a lane nobody knows. */
  flow: StoredFlow | null;
  /** The longest pause: until when, milliseconds, and why. */
  pausedUntil: number | null;
  pauseReason: PauseReason | null;
}

/** Four arrays, one a column: `at`, `flow`, `paused_until` (milliseconds), `pause_reason`. */
export function flowColumns(flows: readonly (LaneFlow | null)[]): unknown[] {
  return [
    flows.map((flow) => flow?.at ?? null),
    flows.map((flow) => (flow?.flow ? JSON.stringify(flow.flow) : null)),
    flows.map((flow) => flow?.pausedUntil ?? null),
    flows.map((flow) => flow?.pauseReason ?? null),
  ];
}
