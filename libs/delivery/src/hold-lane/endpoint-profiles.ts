import { validateHeaderName, validateHeaderValue } from 'node:http';
import { loadEndpoints } from '#persistence';
import type { Database, LoadedEndpoint } from '#persistence';
import { formatSigningKey, parseSigningKey, WebhookSigner } from '#signing';
import type { SecretBox, SigningKey } from '#signing';
import { EchoFilter, secretsOfHeader, targetKeys } from '#core';
import type { RetryPolicy, TargetKeys, TargetPolicy } from '#core';
import { Batcher } from '../batcher.js';

/** Everything a holder needs of an endpoint, opened. */
export interface EndpointProfile {
  endpointId: string;
  tenantId: string;
  version: number;
  url: string;
  /** What requests there are counted under, with those of other endpoints. */
  target: TargetKeys;
  /** What its tenant allows of its URL. */
  policy: TargetPolicy;
  payload: 'full' | 'thin';
  ordering: 'none' | 'fifo';
  concurrency: number;
  ratePerSecond: number | null;
  timeoutMs: number;
  retryPolicy: RetryPolicy;
  /** Custom headers, names in lower case. */
  headers: Record<string, string>;
  /** False: paused, disabled or deleted; only tests are sent. */
  active: boolean;
  /** There are no notices about an endpoint that receives notices. */
  system: boolean;
  /** Milliseconds; null = never. */
  resumedAt: number | null;
  movedAt: number | null;
  /** Since when it is what it is: creation, resume or new URL. */
  startedAt: number;
  /** Signs with every secret that is alive at `now` (ms); an expired one is never used. */
  signer(now: number): WebhookSigner;
  /** What it answers may repeat what we sent it in confidence. */
  echoes: EchoFilter;
}

/** The endpoint's row makes no sense (any more): its deliveries die with `config_error`, everybody else's go on. */
export class InvalidEndpoint extends Error {}

/** How many profiles are remembered. A lane that is opened for single events finds its own again. */
const REMEMBERED = 20_000;

/** Reads and opens endpoints, and remembers what it opened for as long as the version is the same. */
export class EndpointProfiles {
  private readonly known = new Map<string, EndpointProfile>();
  private readonly loads: Batcher<string, LoadedEndpoint | undefined>;

  constructor(
    database: Database,
    private readonly secrets: SecretBox,
  ) {
    this.loads = new Batcher(
      async (ids) => {
        const rows = await loadEndpoints(database, ids);
        return ids.map((id) => rows.get(id));
      },
      { maxItems: 500, maxConcurrent: 2 },
    );
  }

  /** Null: there is no such endpoint. Throws InvalidEndpoint, or what SecretBox throws when a key is missing (our fault, not the endpoint's). */
  async get(endpointId: string, version: number): Promise<EndpointProfile | null> {
    const known = this.known.get(endpointId);
    if (known?.version === version) return known;
    const row = await this.loads.add(endpointId);
    if (!row) return null;
    const profile = openProfile(row, this.secrets);
    this.remember(profile);
    return profile;
  }

  /** It turned out to be wrong: read it again next time. */
  forget(endpointId: string): void {
    this.known.delete(endpointId);
  }

  private remember(profile: EndpointProfile): void {
    this.known.delete(profile.endpointId);
    this.known.set(profile.endpointId, profile);
    if (this.known.size <= REMEMBERED) return;
    const [oldest] = this.known.keys();
    if (oldest !== undefined) this.known.delete(oldest);
  }
}

function openProfile(row: LoadedEndpoint, box: SecretBox): EndpointProfile {
  const secrets = row.secrets.map(({ sealed, expiresAt }) => ({
    key: openSecret(box, row.id, Buffer.from(sealed, 'base64')),
    expiresAt: expiresAt ?? Infinity,
  }));
  if (secrets.length === 0) throw new InvalidEndpoint('The endpoint has no signing secret');
  if (!isWebUrl(row.url)) throw new InvalidEndpoint('The URL is not one of http or https');
  const headers = row.headersSealed ? openHeaders(box, row.id, row.headersSealed) : {};
  return {
    endpointId: row.id,
    tenantId: row.tenantId,
    version: row.version,
    url: row.url,
    target: targetKeys(new URL(row.url).hostname),
    policy: { httpsOnly: row.httpsOnly, allowedPorts: row.allowedPorts },
    payload: row.payload,
    ordering: row.ordering,
    concurrency: row.ordering === 'fifo' ? 1 : row.concurrency,
    ratePerSecond: row.ratePerSecond,
    timeoutMs: row.timeoutMs,
    retryPolicy: {
      initialDelaySeconds: row.retryInitialDelaySeconds,
      factor: row.retryFactor,
      maxDelaySeconds: row.retryMaxDelaySeconds,
      giveUpAfterSeconds: row.giveUpAfterSeconds,
    },
    headers,
    active: row.active,
    system: row.system,
    resumedAt: row.resumedAt,
    movedAt: row.movedAt,
    startedAt: Math.max(row.createdAt, row.resumedAt ?? 0, row.movedAt ?? 0),
    signer: signerOf(secrets),
    echoes: new EchoFilter([
      ...secrets.map(({ key }) => formatSigningKey(key).replace(/^[a-z]+_/, '')),
      ...Object.entries(headers).flatMap(([name, value]) => secretsOfHeader(name, value)),
    ]),
  };
}

function openSecret(box: SecretBox, endpointId: string, sealed: Buffer): SigningKey {
  const key = parseSigningKey(box.open(sealed, endpointId).toString('utf8'));
  if (!key) throw new InvalidEndpoint('A signing secret is not well-formed');
  return key;
}

function openHeaders(box: SecretBox, endpointId: string, sealed: Buffer): Record<string, string> {
  const headers: unknown = JSON.parse(box.open(sealed, endpointId).toString('utf8'));
  if (typeof headers !== 'object' || headers === null)
    throw new InvalidEndpoint('The custom headers are not an object');
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => validHeader(name.toLowerCase(), String(value))),
  );
}

function validHeader(name: string, value: string): [string, string] {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch {
    throw new InvalidEndpoint('A custom header is not valid');
  }
  return [name, value];
}

function isWebUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function signerOf(secrets: readonly { key: SigningKey; expiresAt: number }[]): (now: number) => WebhookSigner {
  const soonest = (alive: typeof secrets): number => Math.min(...alive.map(({ expiresAt }) => expiresAt));
  let alive = secrets;
  let validUntil = -Infinity;
  let signer: WebhookSigner | undefined;
  return (now) => {
    if (signer && now < validUntil) return signer;
    alive = alive.filter(({ expiresAt }) => expiresAt > now);
    if (alive.length === 0) throw new InvalidEndpoint('Every signing secret has expired');
    validUntil = soonest(alive);
    signer = new WebhookSigner(alive.map(({ key }) => key));
    return signer;
  };
}
