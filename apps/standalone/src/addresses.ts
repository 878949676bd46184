import type { Config } from '#config';

/** Where the apps are, as a person on this machine reaches them. */
export interface Addresses {
  readonly api: string;
  readonly admin: string;
  readonly inspector: string;
  /** For the launcher's own questions. */
  local(port: number): string;
}

const EVERYWHERE = ['0.0.0.0', '::'];
const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

export function addressesOf({ host, apiPort, adminPort, inspectorPort }: Config['http']): Addresses {
  const shown = [...EVERYWHERE, ...LOOPBACK].includes(host) ? 'localhost' : bracketed(host);
  const asked = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : bracketed(host);
  const at = (name: string, port: number): string => `http://${name}:${String(port)}`;
  return {
    api: at(shown, apiPort),
    admin: at(shown, adminPort),
    inspector: at(shown, inspectorPort),
    local: (port) => at(asked, port),
  };
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
