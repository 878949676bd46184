import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

const PRIVATE_PREFIX = 'whsk_';
const PUBLIC_PREFIX = 'whpk_';
const SEED_BYTES = 32;
const PUBLIC_BYTES = 32;
/** What DER writes before the seed of an Ed25519 private key (RFC 8410): Node imports no bare seed. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** An Ed25519 key pair: Posthorn signs with the private half, receivers verify with the public one. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function newKeyPair(): KeyPair {
  return generateKeyPairSync('ed25519');
}

/**
 * The pair of `whsk_<base64>`: a seed of 32 bytes, or seed and public key in 64. Null when it is neither, when the halves do not belong
 * together, and in base64 that is not canonical.
 */
export function parseKeyPair(text: string): KeyPair | null {
  const bytes = fromBase64(text, PRIVATE_PREFIX);
  if (bytes === null || (bytes.length !== SEED_BYTES && bytes.length !== SEED_BYTES + PUBLIC_BYTES)) return null;
  const seed = Buffer.concat([PKCS8_HEAD, bytes.subarray(0, SEED_BYTES)]);
  const privateKey = createPrivateKey({ key: seed, format: 'der', type: 'pkcs8' });
  const pair = { privateKey, publicKey: createPublicKey(privateKey) };
  // Signing for another public key than the one given would only be noticed by every receiver.
  return bytes.length === SEED_BYTES || formatKeyPair(pair) === text ? pair : null;
}

/** `whsk_<base64>` of seed and public key: one text for a pair, however it was given. */
export function formatKeyPair({ privateKey, publicKey }: KeyPair): string {
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  return PRIVATE_PREFIX + Buffer.concat([seed, rawPublicKey(publicKey)]).toString('base64');
}

/** `whpk_<base64>` of the 32 bytes that receivers verify with. */
export function formatPublicKey(publicKey: KeyObject): string {
  return PUBLIC_PREFIX + rawPublicKey(publicKey).toString('base64');
}

/** The key of `whpk_<base64>`, or null. */
export function parsePublicKey(text: string): KeyObject | null {
  const bytes = fromBase64(text, PUBLIC_PREFIX);
  if (bytes?.length !== PUBLIC_BYTES) return null;
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }, format: 'jwk' });
}

function rawPublicKey(publicKey: KeyObject): Buffer {
  return Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
}

function fromBase64(text: string, prefix: string): Buffer | null {
  if (!text.startsWith(prefix)) return null;
  const bytes = Buffer.from(text.slice(prefix.length), 'base64');
  return prefix + bytes.toString('base64') === text ? bytes : null; // Node skips what is not base64
}
