import type { Violation } from '../checker/evidence.js';
import type { FaultWindow } from '../workload/logs.js';
import type { Stack } from './stack.js';

/** A process that cannot reach Postgres while it starts may give up: whoever supervises it starts it again. */
const STARTS_WITHIN_MS = 20_000;

/** Processes that ended though nobody made them. */
export function fellByThemselves(stack: Stack, faults: readonly FaultWindow[]): Violation[] {
  const outages = faults.filter(({ effect }) => effect === 'outage');
  const isExplained = (from: number, until: number): boolean =>
    until - from < STARTS_WITHIN_MS && outages.some((outage) => outage.from <= until && outage.until >= from);
  return stack.apps.flatMap((app) =>
    app.fell
      .filter(({ startedAt, at, how }) => how === 'did not stop' || !isExplained(startedAt, at))
      .map(({ how, last }): Violation => ({
        rule: 'ended by itself',
        what: `${app.name} ended by itself (${how}): ${last.slice(-3).join(' | ')}`,
      })),
  );
}
