/** Times of a run: the product's own, scaled down by its configuration as far as two cores allow. */
export const LEASE_MS = 2_000;
/** Longest attempt of any endpoint of the workload. */
export const TIMEOUT_MS = 5_000;
/** How long after the end of a fault everything must work again, by itself. */
export const RECOVERS_WITHIN_MS = LEASE_MS + TIMEOUT_MS + 15_000;
/** From an answer to its commit, with a healthy Postgres. */
export const SETTLES_WITHIN_MS = 1_500;
const SHUTDOWN_MS = TIMEOUT_MS + 2_000;

export const SCALED: Readonly<Record<string, string>> = {
  LEASE_MS: String(LEASE_MS),
  LEASE_RENEW_MS: '250',
  QUEUE_LOCK_MS: '2000',
  QUEUE_STALLED_MS: '1000',
  DUE_WAKES_MS: '100',
  SWEEP_MS: '2000',
  BREAKER_OPEN_MS: '200',
  BREAKER_OPEN_MOST_MS: '1000',
  BREAKER_COUNTED_MS: '2000',
  DATABASE_STATEMENT_TIMEOUT_MS: '3000',
  DATABASE_POOL_SIZE: '4',
  FRESH_WITHIN_MS: '1000',
  EGRESS_IDLE_MS: '2000',
  SHUTDOWN_TIMEOUT_MS: String(SHUTDOWN_MS),
  LOG_LEVEL: 'warn',
};

/** Milliseconds of this process's monotonic clock: what every log of a run is written in. */
export const now = (): number => performance.now();
