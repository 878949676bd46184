import { fileURLToPath } from 'node:url';
import { childEnvironment } from '#config';
import type { Addresses } from './addresses.js';
import type { Settings } from './settings.js';
import type { App } from './supervised-app.js';

/** What the apps get that the environment of the launcher does not have. */
export interface Prepared {
  readonly databaseUrl: string;
  readonly masterKeys: string;
}

/** Ctrl-C ends everything within 5 s: the apps get less than that. */
export const STOP_APPS_MS = 3_000;

const MAINS = {
  api: '../../api/src/main.js',
  dispatcher: '../../dispatcher/src/main.js',
  admin: '../../admin/src/main.js',
};

/** The apps that work on the database, in the order in which an event meets them. */
export function appList(settings: Settings, addresses: Addresses, prepared: Prepared): App[] {
  const { http } = settings;
  const env = environmentOf(settings, { DATABASE_URL: prepared.databaseUrl, MASTER_KEYS: prepared.masterKeys });
  const app = (name: keyof typeof MAINS, port: number, more: Record<string, string | undefined> = {}): App => ({
    name,
    main: fileOf(MAINS[name]),
    env: childEnvironment(more, env),
    readyUrl: `${addresses.local(port)}/health/ready`,
  });
  return [
    app('api', http.apiPort, { PUBLIC_URL: http.publicUrl ?? addresses.api }),
    app('dispatcher', http.dispatcherPort, { PUBLIC_URL: http.publicUrl ?? addresses.api, METRICS_PORT: undefined }),
    app('admin', http.adminPort, { METRICS_PORT: undefined }),
  ];
}

/** The inspector needs nothing but its port and the directory with dev.json: no database, no master key. */
export function inspectorApp(settings: Settings, addresses: Addresses): App {
  return {
    name: 'inspector',
    main: fileOf('./inspector/main.js'),
    env: environmentOf(settings, { DATABASE_URL: undefined, MASTER_KEYS: undefined, REDIS_URL: undefined }),
    readyUrl: `${addresses.local(settings.http.inspectorPort)}/health/ready`,
  };
}

function environmentOf(settings: Settings, more: Record<string, string | undefined>): Record<string, string> {
  const { http } = settings;
  return childEnvironment({
    API_PORT: String(http.apiPort),
    ADMIN_PORT: String(http.adminPort),
    INSPECTOR_PORT: String(http.inspectorPort),
    DISPATCHER_PORT: String(http.dispatcherPort),
    EGRESS_ALLOW_CIDRS: settings.allowCidrs,
    EGRESS_ALLOW_PORTS: settings.allowPorts,
    LOG_LEVEL: settings.logLevel,
    POSTHORN_DATA_DIR: settings.dataDir,
    SHUTDOWN_TIMEOUT_MS: String(STOP_APPS_MS - 500),
    ...more,
  });
}

function fileOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
