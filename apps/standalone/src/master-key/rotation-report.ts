import type { SealedColumn } from '#persistence';
import type { ColumnCount } from './reseal.js';

const SHOWN_ROWS = 20;

export interface RotationReport {
  lines: string[];
  /** Every value opens, and with the first key alone: the other keys may go. */
  complete: boolean;
}

/** What a rotation tells its operator: ids of keys and rows, never a value. */
export function rotationReport(counts: ReadonlyMap<SealedColumn, ColumnCount>, firstKeyId: string): RotationReport {
  const lines = [...counts].flatMap(([column, count]) => [countLine(column, count), ...unopenedLines(count)]);
  const unopened = sum([...counts.values()].map((count) => count.unopened.length));
  const left = sum([...counts.values()].map(({ byKey }) => sum(Object.values(byKey)) - (byKey[firstKeyId] ?? 0)));
  if (left > 0)
    lines.push(
      `Left under another key than ${firstKeyId}: ${left}. A process that has it not in front still writes: restart it, and run this again.`,
    );
  if (unopened > 0) lines.push(`Opened by none of MASTER_KEYS: ${unopened}. Remove none of them.`);
  const complete = left === 0 && unopened === 0;
  if (complete) lines.push(`Every value opens with ${firstKeyId}: the other keys may be removed from MASTER_KEYS.`);
  return { lines, complete };
}

function countLine(column: SealedColumn, { byKey, unopened }: ColumnCount): string {
  const counted = Object.entries(byKey).map(([id, values]) => `${values} under ${id}`);
  if (unopened.length > 0) counted.push(`${unopened.length} that do not open`);
  return `${column}: ${counted.length === 0 ? 'nothing' : counted.join(', ')}`;
}

function unopenedLines({ unopened }: ColumnCount): string[] {
  const shown = unopened.slice(0, SHOWN_ROWS).map(({ key, reason }) => `  ${key.join(' ')}: ${reason}`);
  return unopened.length > SHOWN_ROWS ? [...shown, `  and ${unopened.length - SHOWN_ROWS} more`] : shown;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
