import { getDomain } from 'tldts';
import { parseAddress } from './address-rules.js';
import { canonicalName, withoutBrackets } from './host-names.js';

/** What the requests to one receiver are counted under, whichever tenants they are of. */
export interface TargetKeys {
  /** The registrable domain of its name; null: its URL has an address. */
  readonly domain: string | null;
  /** Null: not known before a connection is open. */
  readonly address: string | null;
}

/** How many groups of 16 bits of an IPv6 address name its network (/64): whoever has one host there has all of them. */
const GROUPS_OF_NETWORK = 4;

/**
 * Of a host as `URL` has it. Suffixes under which strangers have names of their own (`github.io`, `vercel.app`: the list's private part) count as
 * public ones, so that customers of one hoster are not one target. A name without a registrable domain is its own.
 */
export function targetKeys(hostname: string): TargetKeys {
  const host = withoutBrackets(hostname);
  if (parseAddress(host) !== null) return { domain: null, address: addressKey(host) };
  const name = canonicalName(host);
  const domain = getDomain(name, {
    allowPrivateDomains: true,
    extractHostname: false,
    validateHostname: false,
    detectIp: false,
  });
  return { domain: domain ?? name, address: null };
}

/** An IPv4 address in its one spelling, the /64 of an IPv6 one. */
export function addressKey(text: string): string {
  const address = parseAddress(text);
  if (address === null) return text;
  if (!('parts' in address)) return address.toString();
  const network = address.parts.slice(0, GROUPS_OF_NETWORK).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}
