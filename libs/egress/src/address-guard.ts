import { promises as dns } from 'node:dns';
import { isIP } from 'node:net';
import { SECOND, TargetRules } from '#core';
import type { NameVerdict, TargetPlace, TargetPolicy, TargetRefusal, TargetVerdict } from '#core';
import { ConnectFailure } from './connect-failure.js';
import { NameResolver } from './name-resolver.js';
import { ownPlaces, type OwnConfig } from './own-places.js';

/** What of the configuration the guard reads: what is opened, and where the platform's own servers are. */
export type GuardConfig = OwnConfig;

const MOST_DNS_MS = 5 * SECOND;
const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/**
 * Keeps deliveries away from addresses that are not the public's: those of private networks, of this machine and of the platform itself.
 * Asked for every connection, right before it is opened, and when an endpoint is saved.
 */
export class AddressGuard {
  readonly #rules: TargetRules;
  readonly #resolver: NameResolver;
  readonly #ownNames: readonly string[];

  /** `dnsTimeoutMs`: how long a name may take, at most 5 s. */
  constructor(config: GuardConfig, dnsTimeoutMs: number) {
    const { allowCidrs, allowPorts, dnsServers } = config.egress;
    const { places, names } = ownPlaces(config);
    this.#rules = new TargetRules({ openedRanges: allowCidrs, openedPorts: allowPorts, own: places });
    this.#resolver = new NameResolver({ servers: dnsServers, timeoutMs: Math.min(dnsTimeoutMs, MOST_DNS_MS) });
    this.#ownNames = names;
  }

  /** All that can be said without a name server: microseconds. */
  judge(target: TargetPlace, policy: TargetPolicy): TargetVerdict {
    return this.#rules.judge(target, policy);
  }

  /** The addresses of a name, every one of them checked. Rejects with a `ConnectFailure`: `blocked_address` or `dns_*`. */
  async resolve(name: NameVerdict, port: number): Promise<readonly string[]> {
    const addresses = await this.#resolver.resolve(name.name);
    const refused = this.#rules.judgeAnswers(name, addresses, port);
    if (refused !== null) throw blocked(refused);
    return addresses;
  }

  /** For saving an endpoint: the same rules. A public name that does not resolve (yet) passes, and is judged when it is sent to. */
  async judgeUrl(text: string, policy: TargetPolicy): Promise<TargetRefusal | null> {
    const { protocol, hostname, port } = new URL(text);
    const target = { protocol, hostname, port: port === '' ? (PORTS[protocol] ?? 0) : Number(port) };
    const verdict = this.#rules.judge(target, policy);
    if (verdict.kind !== 'name') return verdict.kind === 'refused' ? verdict : null;
    try {
      return this.#rules.judgeAnswers(verdict, await this.#resolver.resolve(verdict.name), target.port);
    } catch (error) {
      if (!(error instanceof ConnectFailure)) throw error;
      return this.#rules.judgeUnresolved(verdict);
    }
  }

  /**
   * Looks up where our own Postgres, Redis and proxy are, as their clients do, so that no other name leads there either. One that is not found now
   * keeps the addresses it had.
   */
  async learnOwnAddresses(): Promise<void> {
    const found = await Promise.allSettled(this.#ownNames.map((name) => dns.lookup(name, { all: true })));
    for (const one of found)
      if (one.status === 'fulfilled') this.#rules.learnOwn(one.value.map(({ address }) => address));
  }

  /** Ends open questions. */
  close(): void {
    this.#resolver.close();
  }
}

/** What an attempt that was refused an address fails with. */
export function blocked({ detail }: TargetRefusal): ConnectFailure {
  return new ConnectFailure('blocked_address', `the URL ${detail}`);
}

/** As a socket's `lookup` answers them, so that no name is resolved a second time behind the guard's back. */
export function pinned(addresses: readonly string[]): { address: string; family: number }[] {
  return addresses.map((address) => ({ address, family: isIP(address) }));
}
