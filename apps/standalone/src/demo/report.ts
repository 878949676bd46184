import type { DeliveryCounts } from './delivery-counts.js';
import type { Verdict } from './judge-webhooks.js';

export interface Row {
  readonly label: string;
  readonly published: number;
  readonly counts: DeliveryCounts;
  readonly verdict: Verdict;
  /** Least requests that must carry a signature of every secret. */
  readonly leastSignedByAll: number;
}

const HEAD = ['endpoint', 'published', 'delivered', 'attempts', 'signatures verified', 'bodies identical'];

/** The closing table. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ label, published, counts, verdict }) => [
    ...[label, String(published), String(counts.delivered), String(counts.attempts)],
    ...[
      `${String(verdict.verified)} of ${String(verdict.requests)}`,
      `${String(verdict.identical)} of ${String(verdict.requests)}`,
    ],
  ]);
  const widths = HEAD.map((head, column) => Math.max(head.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('   ');
  return [line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

/** What is off, a sentence each; none = all is well. */
export function complaints(rows: readonly Row[]): string[] {
  return rows.flatMap(({ label, published, counts, verdict, leastSignedByAll }) => {
    const wrong: [boolean, string][] = [
      [counts.delivered !== published, `${String(counts.delivered)} of ${String(published)} deliveries are delivered`],
      [verdict.accepted !== published, `${String(verdict.accepted)} of ${String(published)} events were accepted`],
      [
        counts.attempts !== verdict.requests,
        `${String(counts.attempts)} attempts, but ${String(verdict.requests)} requests came`,
      ],
      [
        verdict.verified !== verdict.requests,
        `${String(verdict.requests - verdict.verified)} signatures do not verify`,
      ],
      [verdict.identical !== verdict.requests, `${String(verdict.requests - verdict.identical)} bodies differ`],
      [verdict.signedByAll < leastSignedByAll, `only ${String(verdict.signedByAll)} requests carry both signatures`],
    ];
    return wrong.filter(([is]) => is).map(([, sentence]) => `${label}: ${sentence}.`);
  });
}
