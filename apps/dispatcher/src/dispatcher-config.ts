import type { Config } from '#config';
import type { QueueSettings } from '#lanes';

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
