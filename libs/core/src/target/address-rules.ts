import ipaddr from 'ipaddr.js';

/** A parsed address, IPv4-mapped ones unwrapped. */
export type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/** What an address is to us: `opened` = in a range of the installation's own choice, whatever it would be otherwise. */
export type AddressClass = 'public' | 'opened' | 'forbidden';

// IANA's special-purpose registry (RFC 6890 and later) without what is globally reachable, multicast, class E, and Azure's metadata address.
const FORBIDDEN_IPV4 = ranges([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]);

// IPv6 the other way round: what is not global unicast is forbidden, and with it NAT64 (64:ff9b::/96) and every other way to write an IPv4
// address that nobody listed. Within it: protocol assignments with Teredo, documentation, 6to4.
const GLOBAL_IPV6 = ranges(['2000::/3']);
const FORBIDDEN_IPV6 = ranges(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);

const OWN_MACHINE = ranges(['127.0.0.0/8', '0.0.0.0/8', '::/127']);

/** Which addresses deliveries may go to. Pure: about 3 µs an address. */
export class AddressRules {
  readonly #opened: readonly Range[];

  /** `openedRanges`: CIDRs. Each opens itself and nothing else. */
  constructor(openedRanges: readonly string[]) {
    this.#opened = ranges(openedRanges);
  }

  classify(address: Address): AddressClass {
    if (isIn(address, this.#opened)) return 'opened';
    return isPublic(address) ? 'public' : 'forbidden';
  }
}

/** Null when it is none, or has a zone: that names an interface of this machine, which is nobody's business but its own. */
export function parseAddress(text: string): Address | null {
  if (text.includes('%')) return null;
  const spelled = text.includes(':') && text.includes('.') ? withoutDots(text) : text;
  return ipaddr.isValid(spelled) ? ipaddr.process(spelled) : null;
}

/** `::1.2.3.4` is an address of its own, as `URL` and every resolver read it; ipaddr.js takes it for the IPv4-mapped one. */
function withoutDots(text: string): string {
  const url = `http://[${text}]`;
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : text;
}

/** 127/8, ::1, and the unspecified addresses, by which a machine reaches itself too. */
export function isOwnMachine(address: Address): boolean {
  return isIn(address, OWN_MACHINE);
}

function isPublic(address: Address): boolean {
  if (address.kind() === 'ipv4') return !isIn(address, FORBIDDEN_IPV4);
  return isIn(address, GLOBAL_IPV6) && !isIn(address, FORBIDDEN_IPV6);
}

function isIn(address: Address, list: readonly Range[]): boolean {
  return list.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}

function ranges(cidrs: readonly string[]): Range[] {
  return cidrs.map((cidr) => ipaddr.parseCIDR(cidr));
}
