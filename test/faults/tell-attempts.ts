import type { Evidence, Violation } from './checker/evidence.js';
import type { Workload } from './workload/workload.js';

/** So many say where to look; the rest is like them. */
const MOST = 40;

interface ShownAttempt {
  number: number;
  startedAt: string;
  durationMs: number;
  outcome: string;
  error: string | null;
}

/** What the product itself says of the deliveries that were sent twice, beside what the checker found. */
export async function tellAttempts(
  workload: Workload,
  evidence: Evidence,
  violations: readonly Violation[],
): Promise<Violation[]> {
  const repeated = violations.filter(({ rule }) => rule === 'duplicate').slice(0, MOST);
  const told = new Map<Violation, string>();
  for (const violation of repeated) told.set(violation, await attemptsOf(workload, evidence, violation.what));
  return violations.map((violation) => ({
    ...violation,
    what: `${violation.what}${told.get(violation) ?? ''}`,
  }));
}

async function attemptsOf({ direct }: Workload, { endpoints }: Evidence, what: string): Promise<string> {
  const delivery = endpoints
    .find(({ uid }) => what.startsWith(`${uid} `))
    ?.deliveries.find(({ eventId }) => what.includes(eventId));
  if (!delivery) return '';
  const path = `/v1/deliveries/${delivery.id}/attempts`;
  const { data } = await direct.expect<{ data: ShownAttempt[] }>(200, 'GET', path);
  const lines = data.map(
    ({ number, startedAt, durationMs, outcome, error }) =>
      `${number}: ${outcome}${error === null ? '' : ` (${error})`} after ${durationMs} ms, from ${startedAt}`,
  );
  return `; its attempts are ${lines.join(' · ')}`;
}
