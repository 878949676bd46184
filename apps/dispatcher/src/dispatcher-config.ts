import type { Config } from '#config';
import { DAY, HOUR, SECOND, uuidFloor } from '#core';
import type { QueueSettings } from '#lanes';
import type { PendingIds } from '#persistence';

export type DispatcherConfig = Pick<
  Config,
  'database' | 'queue' | 'lane' | 'flow' | 'disabling' | 'http' | 'egress' | 'delivery' | 'secrets' | 'shutdown'
>;

export function publicUrl({ http }: DispatcherConfig): string {
  return http.publicUrl ?? `http://${http.host}:${http.apiPort}`;
}

export function queueSettings({ queue, database }: Pick<Config, 'queue' | 'database'>): QueueSettings {
  return { redisUrl: queue.redisUrl, databaseUrl: database.url, name: queue.name, prefix: queue.prefix };
}

/** What is pending may be this much older than the retry window: late commits, a chore that waits. */
const LATE_SECONDS = 86_400;

/** Between which ids pending deliveries lie: no older than the retry window and what is late, and an hour ahead for clocks. */
export function pendingIds({ delivery }: DispatcherConfig, now: number): PendingIds {
  const seconds = delivery.maxRetryWindowSeconds + LATE_SECONDS;
  return { oldest: uuidFloor(now - seconds * SECOND), newest: uuidFloor(now + HOUR) };
}

/** In days; never shorter than a delivery can be pending. */
export function retentionDays({ delivery }: DispatcherConfig): number {
  return Math.max(delivery.retentionDays, Math.ceil((delivery.maxRetryWindowSeconds * SECOND) / DAY) + 1);
}

/** Which hours accounting counts, and until when. */
export function countedHours(config: DispatcherConfig): { retentionDays: number; maxRetryWindowSeconds: number } {
  return { retentionDays: retentionDays(config), maxRetryWindowSeconds: config.delivery.maxRetryWindowSeconds };
}
