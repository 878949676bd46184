import { promises as dns } from 'node:dns';
import { knownAnswers, SECOND } from '#core';
import { ConnectFailure } from './connect-failure.js';
import { classifyConnectError } from './error-class.js';

export interface NameResolverOptions {
  /** `address` or `address:port`; none = those of the system. */
  servers: readonly string[];
  /** For both questions together. */
  timeoutMs: number;
}

/** c-ares doubles it with each of the tries, and takes less for a server it knows to be quick: what is dropped is asked again within the 5 s there are. */
const FIRST_TRY_MS = 1_200;
const TRIES = 3;
/** How long the slower of A and AAAA is waited for once the other has answers (some firewalls drop questions for AAAA). */
const PATIENCE_MS = 1 * SECOND;
const MOST_ANSWERS = 64;

/**
 * A and AAAA of a name, by c-ares: `getaddrinfo` would take one of libuv's four threads for each question, and a name server that hangs
 * would stop everybody's. Nothing is cached: every new connection asks anew; only questions asked at the same time share an answer.
 */
export class NameResolver {
  readonly #resolver = new dns.Resolver({ timeout: FIRST_TRY_MS, tries: TRIES });
  readonly #timeoutMs: number;
  readonly #asked = new Map<string, Promise<readonly string[]>>();

  constructor({ servers, timeoutMs }: NameResolverOptions) {
    if (servers.length > 0) this.#resolver.setServers(servers);
    this.#timeoutMs = timeoutMs;
  }

  /** Never empty. Rejects with a `ConnectFailure` of a `dns_*` class. */
  resolve(name: string): Promise<readonly string[]> {
    const known = knownAnswers(name);
    if (known !== null) return Promise.resolve(known);
    const asked = this.#asked.get(name);
    if (asked !== undefined) return asked;
    const answer = this.#ask(name).finally(() => this.#asked.delete(name));
    this.#asked.set(name, answer);
    return answer;
  }

  /** Ends the questions still open; whoever waits gets a `dns_failed`. */
  close(): void {
    this.#resolver.cancel();
  }

  async #ask(name: string): Promise<readonly string[]> {
    const { addresses, errors, ended } = await this.#both(name);
    if (addresses.length > MOST_ANSWERS) throw new ConnectFailure('dns_failed', 'the name has too many addresses');
    if (addresses.length > 0) return addresses;
    if (!ended) throw new ConnectFailure('dns_timeout', 'the name was not resolved in time');
    const failures = errors.map((error) => new ConnectFailure(classifyConnectError(error, 'dns'), error.message));
    // One says that there is nothing of its kind; what matters is why the other failed.
    throw (
      failures.find(({ errorClass }) => errorClass !== 'dns_not_found') ??
      failures[0] ??
      new ConnectFailure('dns_not_found', 'the name has no address')
    );
  }

  /**
   * One that failed counts as without answers when the other has some: a connection goes to addresses that were checked and to no other, so
   * that nothing is risked, and name servers that cannot answer AAAA are common.
   */
  #both(name: string): Promise<{ addresses: string[]; errors: Error[]; ended: boolean }> {
    const addresses: string[] = [];
    const errors: Error[] = [];
    let open = 2;
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        resolve({ addresses, errors, ended: open === 0 });
      };
      const until = performance.now() + this.#timeoutMs;
      let timer = setTimeout(end, this.#timeoutMs);
      const answered = (): void => {
        open -= 1;
        if (open === 0) end();
        else if (addresses.length > 0) {
          clearTimeout(timer);
          timer = setTimeout(end, Math.min(PATIENCE_MS, Math.max(0, until - performance.now())));
        }
      };
      for (const question of [this.#resolver.resolve6(name), this.#resolver.resolve4(name)]) {
        question
          .then((found) => addresses.push(...found))
          .catch((error: unknown) => errors.push(error as Error))
          .finally(answered);
      }
    });
  }
}
