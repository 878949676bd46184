import type { KeyObject } from 'node:crypto';
import { parsePublicKey, parseSecret, verify } from '#signing';
import type { ReceivedHeaders } from '#signing';
import { readDevFile } from '../dev-file.js';
import type { DevFile } from '../dev-file.js';

/** A shared secret, or the public key of a `v1a` endpoint. */
type VerifyKey = Buffer | KeyObject;

interface EndpointPage {
  data: { id: string; url: string }[];
  nextCursor: string | null;
}

const TOLERANCE_SECONDS = 300;
const ASK_AGAIN_AFTER_MS = 1_000;
const ASK_TIMEOUT_MS = 2_000;
/** Older ones stay valid while a rotation overlaps. */
const KEPT_SECRETS = 10;
const PAGE = 250;

/**
 * Judges signatures with the secrets of the endpoints that point at a name, which it asks the API for with the tenant's key. It asks again
 * when what it knows does not fit (a new endpoint, a rotation), at most once a second for a name.
 */
export class KnownSecrets {
  private readonly byName = new Map<string, { askedAt: number; secrets: VerifyKey[] }>();
  private readonly asking = new Map<string, Promise<void>>();

  constructor(private readonly dataDir: string) {}

  /** Null: no endpoint is known to point at this name. */
  async judge(name: string, headers: ReceivedHeaders, body: Buffer): Promise<boolean | null> {
    const known = this.byName.get(name);
    if (known && fits(known.secrets, headers, body)) return true;
    if (!known || performance.now() - known.askedAt > ASK_AGAIN_AFTER_MS) this.asking.set(name, this.ask(name));
    await this.asking.get(name); // also when somebody else has just begun to ask
    const secrets = this.byName.get(name)?.secrets ?? [];
    return secrets.length === 0 ? null : fits(secrets, headers, body);
  }

  private async ask(name: string): Promise<void> {
    const before = this.byName.get(name)?.secrets ?? [];
    this.byName.set(name, { askedAt: performance.now(), secrets: before });
    const dev = await readDevFile(this.dataDir);
    if (!dev) return;
    try {
      const found = await secretsOf(dev, name);
      const fresh = found.filter((secret) => !before.some((old) => isSame(old, secret)));
      this.byName.set(name, { askedAt: performance.now(), secrets: [...fresh, ...before].slice(0, KEPT_SECRETS) });
    } catch {
      // the API is not there: asked again with the next webhook
    }
  }
}

function isSame(one: VerifyKey, other: VerifyKey): boolean {
  if (Buffer.isBuffer(one)) return Buffer.isBuffer(other) && one.equals(other);
  return !Buffer.isBuffer(other) && one.equals(other);
}

function fits(secrets: readonly VerifyKey[], headers: ReceivedHeaders, body: Buffer): boolean {
  const options = { nowSeconds: Math.floor(Date.now() / 1000), toleranceSeconds: TOLERANCE_SECONDS };
  return secrets.some((secret) => verify(secret, headers, body, options));
}

async function secretsOf(dev: DevFile, name: string): Promise<VerifyKey[]> {
  const secrets: VerifyKey[] = [];
  let cursor: string | null = null;
  do {
    const from: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = (await ask(dev, `/v1/endpoints?limit=${String(PAGE)}${from}`)) as EndpointPage;
    for (const { id } of page.data.filter(({ url }) => pointsAt(url, dev.inspectorUrl, name))) {
      const shown = (await ask(dev, `/v1/endpoints/${id}/secret`)) as { secret?: string; publicKey?: string };
      const key = parseSecret(shown.secret ?? '') ?? parsePublicKey(shown.publicKey ?? '');
      if (key) secrets.push(key);
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  return secrets;
}

/** By port and path: the host may be written localhost or 127.0.0.1. */
function pointsAt(url: string, inspectorUrl: string, name: string): boolean {
  const { port, pathname } = new URL(url);
  return port === new URL(inspectorUrl).port && pathname === `/in/${name}`;
}

async function ask(dev: DevFile, path: string): Promise<unknown> {
  const response = await fetch(`${dev.apiUrl}${path}`, {
    headers: { authorization: `Bearer ${dev.tenantKey}` },
    signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`${path} answered ${String(response.status)}`);
  return response.json();
}
