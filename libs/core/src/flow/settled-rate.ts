import { SECOND } from '../units.js';
import { PARTS } from './recent-counts.js';
import type { StoredCounts } from './recent-counts.js';

/**
 * Deliveries that came to an end a second, from counts that somebody stored. `asOf` is when they were true: the moment of writing while a holder
 * goes on counting, now when nobody has worked the lane since (parts that have grown too old fall out, and nothing took their place). The sum is
 * divided by the nine to ten parts it covers and not by the whole window: always a little low, it would look like falling behind.
 */
export function settledPerSecond(counts: StoredCounts | undefined, windowMs: number, asOf: number): number {
  if (counts === undefined) return 0;
  const partMs = windowMs / PARTS;
  const passed = Math.max(0, Math.floor((asOf - counts.since) / partMs));
  const kept = counts.settled.slice(0, Math.max(0, PARTS - passed));
  const intoNewest = Math.max(0, asOf - (counts.since + passed * partMs));
  const settled = kept.reduce((total, count) => total + count, 0);
  return (settled * SECOND) / ((PARTS - 1) * partMs + intoNewest);
}
