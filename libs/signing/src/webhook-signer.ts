import { createHmac, createSecretKey, sign as signWith, type KeyObject } from 'node:crypto';
import type { SigningKey } from './signing-key.js';

/** The three headers of Standard Webhooks 1.0.0. */
export interface SignatureHeaders {
  'webhook-id': string;
  'webhook-timestamp': string;
  'webhook-signature': string;
}

/** One `<version>,<base64>` over `id.timestamp.body`. */
type Sign = (id: string, timestamp: string, body: Buffer) => string;

/** Signs an endpoint's deliveries with its live keys. Make it once per endpoint: with a `KeyObject` a `v1` signature takes 3.5 µs, with a buffer 14 µs. */
export class WebhookSigner {
  readonly #signs: readonly Sign[];

  /** @param keys the live ones, newest first: during a rotation each gives a signature, in this order, in the scheme of its kind. */
  constructor(keys: readonly SigningKey[]) {
    if (keys.length === 0) throw new Error('an endpoint needs at least one secret to be signed for');
    this.#signs = keys.map(signerOf);
  }

  /** @param timestampSeconds Unix time of this attempt, not of the event: receivers refuse old ones. */
  headers(id: string, timestampSeconds: number, body: Buffer): SignatureHeaders {
    const timestamp = String(timestampSeconds);
    let signatures = '';
    for (const sign of this.#signs) signatures += (signatures === '' ? '' : ' ') + sign(id, timestamp, body);
    return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures };
  }
}

function signerOf(key: SigningKey): Sign {
  if (!Buffer.isBuffer(key)) {
    const { privateKey } = key;
    return (id, timestamp, body) =>
      `v1a,${signWith(null, signedContent(id, timestamp, body), privateKey).toString('base64')}`;
  }
  const secret = createSecretKey(key);
  return (id, timestamp, body) => `v1,${sign(secret, id, timestamp, body)}`;
}

/** Base64 of HMAC-SHA256 over `id.timestamp.body`, the body byte for byte. */
export function sign(key: KeyObject, id: string, timestamp: string, body: Buffer): string {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
}

/** The same content in one piece: Ed25519 takes it at once only. */
export function signedContent(id: string, timestamp: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
}
