import { readSealed, replaceSealed } from '#persistence';
import type { Database, ResealedValue, SealedColumn, SealedValue } from '#persistence';
import { answerContext } from '#signing';
import type { SecretBox } from '#signing';

const SLICE = 500;

/** A value that does not open, and why. */
export interface Unopened {
  key: readonly string[];
  reason: string;
}

export interface ColumnCount {
  /** How many values each key has sealed, by its id. */
  byKey: Record<string, number>;
  unopened: Unopened[];
}

type Box = Pick<SecretBox, 'open' | 'seal' | 'isCurrent' | 'keyIdOf'>;

/**
 * Seals what another key than the first has sealed again, a slice a transaction: how far it came stands in the rows themselves, so it may be
 * stopped and started at will, and everything may go on running. What does not open is left as it is.
 */
export async function resealColumn(
  database: Database,
  box: Box,
  column: SealedColumn,
  sliceRows = SLICE,
): Promise<void> {
  for await (const slice of slicesOf(database, column, sliceRows)) {
    const resealed = slice.flatMap((value): ResealedValue[] => {
      const opened = open(box, column, value);
      if ('reason' in opened || box.isCurrent(value.sealed)) return [];
      return [{ ...value, resealed: box.seal(opened.plain, contextOf(column, value)) }];
    });
    await replaceSealed(database, column, resealed);
  }
}

/** Opens every value: which keys are still needed, and what none of them opens. */
export async function countColumn(
  database: Database,
  box: Box,
  column: SealedColumn,
  sliceRows = SLICE,
): Promise<ColumnCount> {
  const count: ColumnCount = { byKey: {}, unopened: [] };
  for await (const slice of slicesOf(database, column, sliceRows)) {
    for (const value of slice) {
      const opened = open(box, column, value);
      if ('reason' in opened) count.unopened.push({ key: value.key, reason: opened.reason });
      else {
        const id = box.keyIdOf(value.sealed);
        count.byKey[id] = (count.byKey[id] ?? 0) + 1;
      }
    }
  }
  return count;
}

async function* slicesOf(database: Database, column: SealedColumn, rows: number): AsyncGenerator<SealedValue[]> {
  let after: readonly string[] | null = null;
  for (;;) {
    const slice = await readSealed(database, column, after, rows);
    const last = slice.at(-1);
    if (last === undefined) return;
    yield slice;
    after = last.key;
  }
}

function open(box: Box, column: SealedColumn, value: SealedValue): { plain: Buffer } | { reason: string } {
  try {
    return { plain: box.open(value.sealed, contextOf(column, value)) };
  } catch (error) {
    // One bad row must not keep the others from being resealed; it is reported, and makes the command fail.
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

function contextOf(column: SealedColumn, { owner }: SealedValue): string {
  const [first = '', scope = '', key = ''] = owner;
  return column === 'idempotency_keys.response_sealed' ? answerContext({ tenantId: first, scope, key }) : first;
}
