import { cidrList } from './cidr-list.js';
import { dnsServers } from './dns-servers.js';
import { optional, url } from './kinds.js';
import { count, countOrNone, ms, number } from './number-variable.js';
import { portList } from './port-list.js';
import { variable } from './variable.js';

/** Requests to endpoints. */
export const EGRESS_VARIABLES = {
  allowCidrs: variable(
    'EGRESS_ALLOW_CIDRS',
    cidrList,
    'Private address ranges that endpoints may lie in; unset = none, but loopback under `npm start`.',
    { default: [], defaultText: '' },
  ),
  allowPorts: variable(
    'EGRESS_ALLOW_PORTS',
    portList,
    'Ports that endpoints of every tenant may have beside 443, and 80 with http; unset = none, but all under `npm start`.',
    { default: [], defaultText: '' },
  ),
  dnsServers: variable(
    'EGRESS_DNS_SERVERS',
    dnsServers,
    "Name servers that endpoints' host names are looked up at; unset = the system's.",
    { default: [], defaultText: '' },
  ),
  proxyUrl: variable(
    'EGRESS_PROXY_URL',
    optional(url('http:')),
    'An HTTP proxy that all deliveries go through (CONNECT), for fixed source addresses; may carry a user and a password.',
    { default: null, secret: true },
  ),
  connectTimeoutMs: number(
    'EGRESS_CONNECT_TIMEOUT_MS',
    'A connection that takes longer to open fails the attempt.',
    ms(100, 5_000, 5_000),
  ),
  maxSockets: number(
    'EGRESS_MAX_SOCKETS',
    'Most connections to endpoints one dispatcher has open.',
    count(100_000, 8_000, 'connections'),
  ),
  maxPerTarget: number(
    'EGRESS_MAX_PER_TARGET',
    'Most requests in flight to one domain, and to one address, of all tenants from all dispatchers together; 0 = as many as there are.',
    countOrNone(1_000_000, 1_000, 'requests'),
  ),
  idleMs: number('EGRESS_IDLE_MS', 'How long an idle connection to an endpoint is kept.', ms(100, 600_000, 30_000)),
} as const;
