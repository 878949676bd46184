import { createSecretKey, timingSafeEqual, verify as verifyWith, type KeyObject } from 'node:crypto';
import { sign, signedContent } from './webhook-signer.js';

/** Header values as `node:http` hands them over. */
export type ReceivedHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifyOptions {
  nowSeconds: number;
  /** How far the timestamp may lie in the past or the future. Standard Webhooks: 300. */
  toleranceSeconds: number;
}

const UNIX_SECONDS = /^\d{1,15}$/;
const V1A = 'v1a,';

/**
 * Whether one of the signatures is right, as a receiver would check it: exact body bytes, fresh timestamp, constant-time comparison.
 * @param key a shared secret's bytes for `v1`, an Ed25519 public key for `v1a`
 */
export function verify(
  key: Buffer | KeyObject,
  headers: ReceivedHeaders,
  body: Buffer,
  options: VerifyOptions,
): boolean {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') return false;
  if (id === '' || !UNIX_SECONDS.test(timestamp)) return false;
  if (Math.abs(options.nowSeconds - Number(timestamp)) > options.toleranceSeconds) return false;
  const isRight = Buffer.isBuffer(key)
    ? equals(Buffer.from(`v1,${sign(createSecretKey(key), id, timestamp, body)}`))
    : isSignedBy(key, signedContent(id, timestamp, body));
  return signatures.split(' ').filter(isRight).length > 0;
}

function equals(expected: Buffer): (signature: string) => boolean {
  return (signature) => {
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  };
}

function isSignedBy(publicKey: KeyObject, content: Buffer): (signature: string) => boolean {
  return (signature) =>
    signature.startsWith(V1A) &&
    verifyWith(null, content, publicKey, Buffer.from(signature.slice(V1A.length), 'base64'));
}
