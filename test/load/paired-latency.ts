import { median } from './quantiles.js';

/** Milliseconds. */
export interface LatencyPair {
  without: number;
  with: number;
}

export interface PairedLatency {
  medians: LatencyPair;
  /** How much the median with them lies above what is allowed; zero or less is good. */
  excess: number;
  /** Whether that is more than chance. */
  noticed: boolean;
  pairs: readonly LatencyPair[];
}

/**
 * So many pairs; where these differ by more than the limit, up to twice as many, and all of them count (a round's p99 varies by as much), until they
 * do not differ any more, or so many pairs say nothing that the rest could not decide it.
 */
const PAIRS = { first: 7, all: 14 };
/**
 * Of 14 pairs so many lie above what is allowed once in 150 runs (sign test: 106 of 16,384) when chance alone decides, as it does where the
 * machine's other work moves a round's p99 by far more than the limit. What bad endpoints really do to others, they do in every pair.
 */
const NO_CHANCE = 12;
const MOST_MORE = { part: 0.1, ms: 5 };

/** Measures what healthy endpoints notice of bad ones: rounds in pairs, with and without, judged by the medians. `p99` measures one round. */
export async function comparePairs(p99: (round: number, withBad: boolean) => Promise<number>): Promise<PairedLatency> {
  await p99(0, true); // connections are open, plans are made, the bad ones are known
  const pairs: LatencyPair[] = [];
  const judged = (): PairedLatency & { open: boolean } => {
    const medians = {
      without: median(pairs.map((pair) => pair.without)),
      with: median(pairs.map((pair) => pair.with)),
    };
    const allowed = Math.max(medians.without * MOST_MORE.part, MOST_MORE.ms);
    const excess = medians.with - medians.without - allowed;
    const worse = pairs.filter((pair) => pair.with - pair.without > allowed).length;
    const open = excess > 0 && pairs.length < PAIRS.all && pairs.length - worse <= PAIRS.all - NO_CHANCE;
    return { medians, excess, noticed: excess > 0 && worse >= NO_CHANCE, open, pairs };
  };
  const measure = async (): Promise<void> => {
    const pair = pairs.length + 1;
    // Which is first changes: what the machine does besides falls on both alike.
    const order = pair % 2 === 0 ? [true, false] : [false, true];
    const two = new Map<boolean, number>();
    for (const withBad of order) two.set(withBad, await p99(2 * pair + Number(withBad), withBad));
    pairs.push({ without: two.get(false) ?? NaN, with: two.get(true) ?? NaN });
  };
  while (pairs.length < PAIRS.first) await measure();
  while (judged().open) await measure();
  return judged();
}
