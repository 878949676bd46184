import { checkAccounting } from './accounting.js';
import { checkCaps } from './caps.js';
import { checkDuplicates } from './duplicates.js';
import type { Evidence, Violation } from './evidence.js';
import { checkOrder } from './order.js';
import { checkStates } from './states.js';

export interface Verdict {
  readonly violations: readonly Violation[];
  /** Duplicates that a death or an expired lease explains. */
  readonly duplicates: number;
}

/** Judges a run by what producers were told, what receivers saw and what the API says. It knows nothing of the inside. */
export function check(evidence: Evidence): Verdict {
  const { allowed, violations } = checkDuplicates(evidence);
  return {
    duplicates: allowed,
    violations: [
      ...checkAccounting(evidence),
      ...checkStates(evidence),
      ...checkCaps(evidence),
      ...checkOrder(evidence),
      ...violations,
      ...checkSignatures(evidence),
    ],
  };
}

function checkSignatures({ endpoints }: Evidence): Violation[] {
  return endpoints.flatMap(({ uid, arrivals }) =>
    arrivals
      .filter(({ signed }) => !signed)
      .map(({ eventId }): Violation => ({
        rule: 'signature',
        what: `${uid} received ${eventId} without a valid signature`,
      })),
  );
}
