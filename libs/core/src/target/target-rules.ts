import { AddressRules, isOwnMachine, parseAddress, type Address } from './address-rules.js';
import { canonicalName, isInternalName, isLoopbackName, withoutBrackets } from './host-names.js';

/** What a tenant allows of its endpoints' URLs. */
export interface TargetPolicy {
  httpsOnly: boolean;
  /** Beside 443, and 80 where http is allowed. */
  allowedPorts: readonly number[];
}

/** Both ends included. */
export interface PortRange {
  first: number;
  last: number;
}

/** Something of the platform's own: a host name or an address, and the port it listens on. */
export interface Place {
  host: string;
  port: number;
}

export interface TargetSettings {
  openedRanges: readonly string[];
  openedPorts: readonly PortRange[];
  own: readonly Place[];
}

/** Where a connection is to go, as `URL` has it: an IPv6 address with or without its brackets. */
export interface TargetPlace {
  protocol: string;
  hostname: string;
  port: number;
}

/** Why nothing is sent there. The code is a field code of the API; the sentence names no address, which its reader may not know. */
export interface TargetRefusal {
  kind: 'refused';
  code: 'url_forbidden' | 'port_forbidden' | 'address_forbidden';
  detail: string;
}

/** An address that passed, or a name whose answers have yet to. `internal`: each of them must lie in an opened range. */
export type TargetVerdict =
  TargetRefusal | { kind: 'address'; address: string } | { kind: 'name'; name: string; internal: boolean };

export type NameVerdict = Extract<TargetVerdict, { kind: 'name' }>;

const HTTP_PORT = 80;
const HTTPS_PORT = 443;

const HTTPS_ONLY = refusal('url_forbidden', 'must be https: the tenant allows nothing else');
const PORT = refusal('port_forbidden', 'must have port 443, 80 with http, or a port that is allowed here');
const ADDRESS = refusal('address_forbidden', 'must lead to a public address: this one is private, reserved or local');
const NAME = refusal('address_forbidden', 'must have a public host name: this one is of a private network');
const OWN = refusal('address_forbidden', 'must not lead to this platform itself');

/** Where deliveries may go: asked when an endpoint is saved and for every connection. Pure. */
export class TargetRules {
  readonly #addresses: AddressRules;
  readonly #openedPorts: readonly PortRange[];
  /** Ports of what listens on this machine's loopback, which is shared with whatever else runs there. */
  readonly #ownPorts = new Set<number>();
  readonly #ownNames = new Set<string>();
  readonly #ownAddresses = new Set<string>();

  constructor({ openedRanges, openedPorts, own }: TargetSettings) {
    this.#addresses = new AddressRules(openedRanges);
    this.#openedPorts = openedPorts;
    for (const place of own) this.#own(place);
  }

  /** Addresses that names of the platform's own were found to have. */
  learnOwn(addresses: readonly string[]): void {
    for (const address of addresses.map(parseAddress))
      if (address !== null && !isOwnMachine(address)) this.#ownAddresses.add(address.toString());
  }

  judge(target: TargetPlace, policy: TargetPolicy): TargetVerdict {
    const { protocol, port } = target;
    if (policy.httpsOnly && protocol !== 'https:') return HTTPS_ONLY;
    if (!this.#isPortOpen(port, policy)) return PORT;
    // In its one spelling first: what looks like an address only after that (`127.0.0.1..`) would be one to Node, which asks no look-up for it.
    const name = canonicalName(withoutBrackets(target.hostname));
    const address = parseAddress(name);
    if (address !== null)
      return this.#judgeAddress(address, port, false) ?? { kind: 'address', address: address.toString() };
    if (this.#ownNames.has(name) || (isLoopbackName(name) && this.#ownPorts.has(port))) return OWN;
    return { kind: 'name', name, internal: isInternalName(name) };
  }

  /** The answers to a name, all of them. Null: each may be connected to. None at all is for whoever asked to refuse. */
  judgeAnswers({ internal }: NameVerdict, addresses: readonly string[], port: number): TargetRefusal | null {
    for (const text of addresses) {
      const address = parseAddress(text);
      const refused = address === null ? ADDRESS : this.#judgeAddress(address, port, internal);
      if (refused !== null) return refused;
    }
    return null;
  }

  /** A name without answers (yet): null when it may be kept all the same, to be judged when it is connected to. */
  judgeUnresolved({ internal }: NameVerdict): TargetRefusal | null {
    return internal ? NAME : null;
  }

  #judgeAddress(address: Address, port: number, internal: boolean): TargetRefusal | null {
    const known = this.#addresses.classify(address);
    if (known === 'forbidden') return ADDRESS;
    if (internal && known !== 'opened') return NAME;
    if (this.#ownPorts.has(port) && isOwnMachine(address)) return OWN;
    return this.#ownAddresses.size > 0 && this.#ownAddresses.has(address.toString()) ? OWN : null;
  }

  #isPortOpen(port: number, { httpsOnly, allowedPorts }: TargetPolicy): boolean {
    if (port === HTTPS_PORT || (port === HTTP_PORT && !httpsOnly)) return true;
    return allowedPorts.includes(port) || this.#openedPorts.some(({ first, last }) => first <= port && port <= last);
  }

  #own({ host, port }: Place): void {
    const name = canonicalName(withoutBrackets(host));
    const address = parseAddress(name);
    if (isLoopbackName(name) || (address !== null && isOwnMachine(address))) this.#ownPorts.add(port);
    else if (address !== null) this.#ownAddresses.add(address.toString());
    else this.#ownNames.add(name);
  }
}

function refusal(code: TargetRefusal['code'], detail: string): TargetRefusal {
  return { kind: 'refused', code, detail };
}
