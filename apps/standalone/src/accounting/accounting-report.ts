import type { AccountedHour } from '#persistence';

export interface AccountingReport {
  lines: string[];
  /** Every hour has as many deliveries as its events promised. */
  balanced: boolean;
}

const COLUMNS = ['events', 'fanOut', 'pending', 'delivered', 'dead', 'cancelled', 'difference'] as const;
const HEAD = ['hour', 'events', 'fan-out', 'pending', 'delivered', 'dead', 'cancelled', 'difference'];
const HOUR_CHARACTERS = '2026-11-23T18:00Z'.length;

/** The books as a table, an hour a line; `*` marks an hour that was counted again after its retry window. */
export function accountingReport(hours: readonly AccountedHour[]): AccountingReport {
  if (hours.length === 0)
    return { lines: ['No hour is counted yet: it is, soon after it has closed.'], balanced: true };
  const rows = [HEAD, ...hours.map(rowOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '));
  const wrong = hours.filter(({ difference }) => difference !== 0);
  const difference = wrong.reduce((sum, hour) => sum + Math.abs(hour.difference), 0);
  const verdict =
    wrong.length === 0
      ? `Every one of ${hours.length} hours balances.`
      : `${wrong.length} of ${hours.length} hours do not balance: ${difference} deliveries are missing or too many.`;
  return { lines: [...lines, verdict], balanced: wrong.length === 0 };
}

function rowOf(hour: AccountedHour): string[] {
  const at = `${new Date(hour.hour).toISOString().slice(0, HOUR_CHARACTERS - 1)}Z${hour.final ? '*' : ' '}`;
  return [at, ...COLUMNS.map((column) => String(hour[column]))];
}
