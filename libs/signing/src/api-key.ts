import { createHash, randomBytes } from 'node:crypto';

const PREFIX = 'phk_';

/** `phk_` and 32 random bytes in base64url. Shown once; only its hash is stored. */
export function newApiKey(): string {
  return PREFIX + randomBytes(32).toString('base64url');
}

/** SHA-256. Keys carry 256 random bits, so nothing slow is needed, and the hash itself can be looked up. */
export function hashKey(apiKey: string): Buffer {
  return createHash('sha256').update(apiKey).digest();
}
