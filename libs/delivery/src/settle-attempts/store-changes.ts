import { disableEndpoints, settleAttempts, writeLaneFlow } from '#persistence';
import type { AttemptToSettle, Database, Runner } from '#persistence';
import type { LaneChange } from './lane-change.js';

/** A settlement, and what its attempt changed of its lane. */
export interface Settlement {
  row: AttemptToSettle;
  change: LaneChange | null;
}

/** Stores settlements. Answers which deliveries somebody else had settled before. `again`: it was tried, and its answer was lost. */
export async function storeSettlements(
  database: Database,
  settlements: readonly Settlement[],
  again: boolean,
): Promise<Set<string>> {
  const rows = settlements.map(({ row }) => row);
  if (settlements.every(({ change }) => change === null)) return settleAttempts(database, rows, again);
  return database.together(async (runner) => {
    await storeChanges(runner, settlements);
    return settleAttempts(runner, rows, again);
  });
}

/** Endpoints are locked before lanes, lanes before deliveries, each in the order of their ids: as everybody does. */
async function storeChanges(runner: Runner, settlements: readonly Settlement[]): Promise<void> {
  const changes = lastOfEach(settlements);
  const disabling = changes.filter(({ change }) => change.disables !== null);
  if (disabling.length > 0) {
    await disableEndpoints(
      runner,
      disabling.map(({ row, change }) => ({ ...laneOf(row), reason: change.disables ?? 'failing' })),
    );
  }
  await writeLaneFlow(
    runner,
    changes.map(({ row, change }) => ({ ...laneOf(row), flow: change.flow })),
  );
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
