import { createServer } from 'node:net';
import { VARIABLES } from '#config';
import type { Config } from '#config';
import { StartError } from './start-error.js';

const PORTS = ['apiPort', 'adminPort', 'inspectorPort', 'dispatcherPort'] as const;

/** Refuses to start half: every port must be free before anything is started. Throws StartError. */
export async function expectFreePorts(http: Config['http']): Promise<void> {
  for (const [index, name] of PORTS.entries()) {
    const variable = VARIABLES.http[name].name;
    const twin = PORTS.slice(0, index).find((other) => http[other] === http[name]);
    if (twin) {
      throw new StartError(`${VARIABLES.http[twin].name} and ${variable} are both ${String(http[name])}: choose two.`);
    }
    const code = await tryListen(http.host, http[name]);
    if (code !== null) throw new StartError(sentence(code, http.host, http[name], variable));
  }
}

function sentence(code: string, host: string, port: number, variable: string): string {
  if (code === 'EADDRINUSE') {
    return `Port ${String(port)} is taken: stop what listens there (another npm start?), or choose another one with ${variable}=${String(port + 10)}.`;
  }
  if (code === 'EACCES')
    return `Port ${String(port)} may not be opened by this user: set ${variable} to one above 1023.`;
  return `This machine cannot listen on ${host} (${code}): set HOST to an address it has, such as 127.0.0.1.`;
}

function tryListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? 'UNKNOWN');
    });
    server.listen(port, host, () => {
      server.close(() => {
        resolve(null);
      });
    });
  });
}
