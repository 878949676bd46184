import { networkInterfaces } from 'node:os';
import { isIP } from 'node:net';
import type { Config } from '#config';
import type { Place } from '#core';

/** Where the platform's own servers are. */
export type OwnConfig = Pick<Config, 'database' | 'queue' | 'http' | 'egress'>;

const PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'postgres:': 5432,
  'postgresql:': 5432,
  'redis:': 6379,
  'rediss:': 6379,
};
const EVERYWHERE = ['0.0.0.0', '::'];

/**
 * What the configuration says of the platform's own servers. `names`: those whose addresses are to be found out and are nobody else's; not
 * the public API's, which may lie behind a front that it shares with other sites.
 */
export function ownPlaces({ database, queue, http, egress }: OwnConfig): {
  places: Place[];
  names: string[];
} {
  const inner = [database.url, queue.redisUrl, egress.proxyUrl].filter((url) => url !== null).flatMap(placesOf);
  const front = http.publicUrl === null ? [] : placesOf(http.publicUrl);
  const hosts = EVERYWHERE.includes(http.host) ? [http.host, ...machineAddresses()] : [http.host];
  const ports = [http.apiPort, http.adminPort, http.dispatcherPort, http.metricsPort ?? 0].filter((port) => port > 0);
  const servers = hosts.flatMap((host) => ports.map((port) => ({ host, port })));
  return {
    places: [...inner, ...front, ...servers],
    names: inner.map(({ host }) => host).filter((host) => isIP(host.replace(/^\[(.*)\]$/, '$1')) === 0),
  };
}

/** Postgres also takes its host as a parameter, which may be the directory of a socket. */
function placesOf(text: string): Place[] {
  const { protocol, hostname, port, searchParams } = new URL(text);
  const hosts = [hostname, searchParams.get('host') ?? ''].filter((host) => host !== '' && !host.includes('/'));
  return hosts.map((host) => ({ host, port: port === '' ? (PORTS[protocol] ?? 0) : Number(port) }));
}

function machineAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
}
