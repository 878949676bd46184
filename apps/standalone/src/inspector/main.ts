import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { ConfigError, loadGroups } from '#config';
import { exitWithParent } from '#observability';
import { createInspector } from './inspector.js';
import { KnownSecrets } from './known-secrets.js';
import { tellBriefly } from './told-lines.js';

/** An endpoint may say localhost, which is both on most machines. */
const BOTH_LOOPBACKS = ['127.0.0.1', '::1'];

async function start(): Promise<void> {
  const { http, standalone } = loadGroups(['http', 'standalone']);
  const tell = tellBriefly((line) => {
    console.log(line);
  });
  const inspector = createInspector(new KnownSecrets(standalone.dataDir), tell);
  const [first, ...others] = BOTH_LOOPBACKS.includes(http.host) ? BOTH_LOOPBACKS : [http.host];
  const servers = [await listen(inspector, first ?? http.host, http.inspectorPort)];
  for (const host of others) {
    const server = await listen(inspector, host, http.inspectorPort).catch(() => null); // a machine without IPv6
    if (server) servers.push(server);
  }
  process.once('SIGTERM', () => {
    for (const server of servers) server.close().closeAllConnections();
  });
}

async function listen(inspector: RequestListener, host: string, port: number): Promise<Server> {
  const server = createServer(inspector);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return server;
}

exitWithParent();
try {
  await start();
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
