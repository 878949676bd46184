import { formatKeyPair, formatPublicKey, newKeyPair, parseKeyPair, type KeyPair } from './key-pair.js';
import { formatSecret, newSecret, parseSecret } from './secret.js';

/** `v1`: HMAC-SHA256 with a secret that both sides have. `v1a`: Ed25519, the receiver has the public key only. */
export type SignatureScheme = 'v1' | 'v1a';

/** What signs: the bytes of a shared secret (`v1`), or a key pair (`v1a`). */
export type SigningKey = Buffer | KeyPair;

/** The key of `whsec_…` or `whsk_…`, or null when it is neither. */
export function parseSigningKey(text: string): SigningKey | null {
  return parseSecret(text) ?? parseKeyPair(text);
}

/** Its one text, as it is stored. */
export function formatSigningKey(key: SigningKey): string {
  return Buffer.isBuffer(key) ? formatSecret(key) : formatKeyPair(key);
}

export function schemeOf(key: SigningKey): SignatureScheme {
  return Buffer.isBuffer(key) ? 'v1' : 'v1a';
}

export function newSigningKey(scheme: SignatureScheme): SigningKey {
  return scheme === 'v1' ? newSecret() : newKeyPair();
}

/** What a receiver needs to verify: the shared secret, or the public key; a private key is shown to nobody. */
export function receiversHalf(key: SigningKey): { secret: string } | { publicKey: string } {
  return Buffer.isBuffer(key) ? { secret: formatSecret(key) } : { publicKey: formatPublicKey(key.publicKey) };
}
