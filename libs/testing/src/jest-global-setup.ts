import type { StartedServer } from './start-servers.js';
import { startTestPostgres, startTestRedis } from './start-servers.js';
import { createTemplate, dropDatabase } from './template.js';
import { announceServers } from './test-servers.js';
import { Tripwire } from './tripwire.js';

/** What the teardown has to undo: Jest runs both in this process, but loads them apart. */
declare global {
  var posthornTestServers: (() => Promise<void>) | undefined;
}

/** One Postgres, one Redis and one tripwire for a whole run of Jest, however many projects and workers it has. */
// eslint-disable-next-line no-restricted-exports -- Jest calls the default export
export default async function setUp(): Promise<void> {
  const [postgres, redis] = await Promise.all([startTestPostgres(), startTestRedis()]);
  let template: string;
  try {
    template = await createTemplate(postgres.url);
  } catch (error) {
    await stopAll(postgres, redis);
    throw error;
  }
  const tripwire = await Tripwire.start();
  announceServers({
    adminUrl: postgres.url,
    template,
    redisUrl: redis?.url ?? null,
    redisIsOurs: redis?.ours ?? false,
    tripwirePort: tripwire.port,
  });
  globalThis.posthornTestServers = async () => {
    if (!postgres.ours) await dropDatabase(postgres.url, template);
    await stopAll(postgres, redis);
    await tripwire.stop();
  };
}

async function stopAll(...servers: readonly (StartedServer | null)[]): Promise<void> {
  await Promise.all(servers.map(async (server) => server?.stop()));
}
