/**
 * Between these ids lies every pending delivery: from the retry window (and a day) ago to a little ahead. The id is the time, so they prune to
 * the partitions of those days.
 */
export interface PendingIds {
  readonly oldest: string;
  readonly newest: string;
}
