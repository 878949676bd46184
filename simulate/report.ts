import { HOUR, MINUTE, SECOND } from '#core';
import type { Figures } from './measurements.js';

type Column = readonly [title: string, cell: (figures: Figures) => string];

const count = (figure: number): string => figure.toLocaleString('en-US');

/** With the two largest units that say something. */
function duration(ms: number): string {
  if (Number.isNaN(ms)) return '–';
  if (ms < SECOND) return `${ms.toFixed(0)} ms`;
  if (ms < MINUTE) return `${(ms / SECOND).toFixed(1)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} m ${Math.round((ms % MINUTE) / SECOND)} s`;
  return `${Math.floor(ms / HOUR)} h ${Math.round((ms % HOUR) / MINUTE)} m`;
}

const COLUMNS: readonly Column[] = [
  ['while down', ({ requestsWhileDown }) => count(requestsWhileDown)],
  ['in Retry-After', ({ requestsInRetryAfter }) => count(requestsInRetryAfter)],
  ['requests', ({ requests }) => count(requests)],
  ['wasted', ({ wasted }) => count(wasted)],
  ['delivered', ({ delivered }) => count(delivered)],
  ['expired', ({ expired }) => count(expired)],
  ['in flight', ({ peakInFlight }) => count(peakInFlight)],
  ['p50', ({ p50 }) => duration(p50)],
  ['p99', ({ p99 }) => duration(p99)],
  ['drain', ({ drain }) => duration(drain)],
  ['longest gap', ({ longestGap }) => duration(longestGap)],
];

/** A table: a line for each sender. */
export function tableOf(rows: readonly (readonly [sender: string, figures: Figures])[]): string[] {
  const cells = [
    ['', ...COLUMNS.map(([title]) => title)],
    ...rows.map(([sender, figures]) => [sender, ...COLUMNS.map(([, cell]) => cell(figures))]),
  ];
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join('  '),
  );
}
