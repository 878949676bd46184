import { resolve } from 'node:path';
import { VARIABLES, loadGroups, loadOptional, rawVariable } from '#config';
import type { Config, Environment } from '#config';
import { freePort } from '#embedded';

/** What the environment says about `npm start`. */
export interface Settings {
  readonly http: Config['http'];
  /** Null: our own Postgres. */
  readonly databaseUrl: string | null;
  /** Null: the queue lives in Postgres. */
  readonly redisUrl: string | null;
  readonly queue: Config['queue'];
  /** As given; null = ours. */
  readonly masterKeys: string | null;
  readonly allowCidrs: string;
  readonly allowPorts: string;
  readonly logLevel: string;
  /** Absolute. */
  readonly dataDir: string;
}

const LOOPBACK = '127.0.0.0/8,::1/128';
/** What somebody develops listens on any port. */
const EVERY_PORT = '1-65535';
/** The launcher's terminal is for a person: the apps say only what is wrong, unless asked for more. */
const APPS_LOG_LEVEL = 'warn';

/** Throws ConfigError. A port 0 becomes a free one. */
export async function readSettings(env?: Environment): Promise<Settings> {
  const { http, queue, log, standalone } = loadGroups(['http', 'queue', 'egress', 'log', 'standalone'], env);
  const given = (name: string): string | null => {
    const text = rawVariable(name, env)?.trim() ?? '';
    return text === '' ? null : text;
  };
  return {
    http: { ...http, ...(await chosenPorts(http)) },
    databaseUrl: loadOptional(VARIABLES.database.url, env),
    redisUrl: queue.redisUrl,
    queue,
    masterKeys: given(VARIABLES.secrets.masterKeys.name),
    // Here empty means something else than unset: nothing is opened.
    allowCidrs: rawVariable(VARIABLES.egress.allowCidrs.name, env) ?? LOOPBACK,
    allowPorts: rawVariable(VARIABLES.egress.allowPorts.name, env) ?? EVERY_PORT,
    logLevel: given(VARIABLES.log.level.name) === null ? APPS_LOG_LEVEL : log.level,
    dataDir: resolve(standalone.dataDir),
  };
}

async function chosenPorts(http: Config['http']): Promise<Partial<Config['http']>> {
  const any = async (port: number): Promise<number> => (port === 0 ? freePort() : port);
  return {
    apiPort: await any(http.apiPort),
    adminPort: await any(http.adminPort),
    inspectorPort: await any(http.inspectorPort),
    dispatcherPort: await any(http.dispatcherPort),
  };
}
