export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** The middle of some figures and how far they lie apart. On a shared machine a mean says more about the neighbours. Throws without figures. */
export function spreadOf(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((a, b) => a - b);
  const [least] = sorted;
  const most = sorted.at(-1);
  if (least === undefined || most === undefined) throw new RangeError('There is no spread of nothing');
  return { median: medianOf(sorted), least, most };
}

function medianOf(sorted: readonly number[]): number {
  const below = sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
  const above = sorted[Math.ceil((sorted.length - 1) / 2)] ?? NaN;
  return (below + above) / 2;
}
