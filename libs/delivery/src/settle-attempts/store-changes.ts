import { disableEndpoints, settleAttempts, writeLaneFlow } from '#persistence';
import type { AttemptToSettle, Database, Runner } from '#persistence';
import { insertNotices } from '../notices/insert-notices.js';
import type { Transition } from '../notices/notice.js';
import type { LaneChange } from './lane-change.js';

/** A settlement, and what its attempt changed of its lane. */
export interface Settlement {
  row: AttemptToSettle;
  change: LaneChange | null;
}

export interface Stored {
  /** Deliveries that somebody else had settled before. */
  overtaken: Set<string>;
  /** The endpoints that have notices to send now. */
  toWake: string[];
}

/**
 * Stores settlements, and with them, in one transaction, what they changed of their lanes and the notices of that. `again`: it was tried, and its
 * answer was lost.
 */
export async function storeSettlements(
  database: Database,
  settlements: readonly Settlement[],
  again: boolean,
): Promise<Stored> {
  const rows = settlements.map(({ row }) => row);
  if (settlements.every(({ change }) => change === null))
    return { overtaken: await settleAttempts(database, rows, again), toWake: [] };
  return database.together(async (runner) => {
    const transitions = await storeChanges(runner, settlements);
    // Before the notices, which quote the attempt.
    const overtaken = await settleAttempts(runner, rows, again);
    return { overtaken, toWake: await insertNotices(runner, transitions) };
  });
}

/**
 * Endpoints are locked before lanes, lanes before deliveries, each in the order of their ids: as everybody does. Answers the transitions that
 * are real: made by the current epoch, and not made before.
 */
async function storeChanges(runner: Runner, settlements: readonly Settlement[]): Promise<Transition[]> {
  const changes = lastOfEach(settlements);
  const disabling = changes.filter(({ change }) => change.disables !== null);
  const disabled =
    disabling.length === 0
      ? new Set<string>()
      : await disableEndpoints(
          runner,
          disabling.map(({ row, change }) => ({ ...laneOf(row), reason: change.disables ?? 'failing' })),
        );
  const written = await writeLaneFlow(
    runner,
    changes.map(({ row, change }) => ({ ...laneOf(row), flow: change.flow })),
  );
  const wasOpen = new Map(written.map((lane) => [lane.endpointId, lane.wasOpen]));
  return changes.flatMap((changed) => [
    ...breakerTransition(changed, wasOpen.get(changed.row.endpointId)),
    ...(disabled.has(changed.row.endpointId) ? [disablingOf(changed)] : []),
  ]);
}

/** `wasOpen` undefined: the lane is another holder's by now. */
function breakerTransition(changed: Changed, wasOpen: boolean | undefined): Transition[] {
  const { transition, reason } = changed.change;
  const isReal = transition === 'failing' ? wasOpen === false : wasOpen === true;
  if (!transition || !isReal) return [];
  const { endpointId, deliveryId } = changed.row;
  return [{ endpointId, kind: transition, reason, since: changed.change.since, lastAttempt: { deliveryId } }];
}

function disablingOf({ row: { endpointId, deliveryId }, change }: Changed): Transition {
  return { endpointId, kind: 'disabled', reason: change.disables, since: change.flow.at, lastAttempt: { deliveryId } };
}

const laneOf = ({ endpointId, epoch }: AttemptToSettle): { endpointId: string; epoch: number } => ({
  endpointId,
  epoch,
});

interface Changed extends Settlement {
  change: LaneChange;
}

/** Of several changes to one lane the last one holds: it was made of the others. Sorted by endpoint. */
function lastOfEach(settlements: readonly Settlement[]): Changed[] {
  const changes = new Map<string, Changed>();
  for (const { row, change } of settlements) {
    if (!change) continue;
    const before = changes.get(row.endpointId)?.change;
    const transition = change.transition ?? before?.transition ?? null;
    const disables = change.disables ?? before?.disables ?? null;
    changes.set(row.endpointId, { row, change: { ...change, transition, disables } });
  }
  return [...changes.values()].sort((a, b) => (a.row.endpointId < b.row.endpointId ? -1 : 1));
}
