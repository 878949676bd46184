import { randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
const MIN_BYTES = 24;
const MAX_BYTES = 64;
const NEW_BYTES = 32;

/** The bytes of `whsec_<base64>`, or null unless they are 24–64, in canonical base64 (so that one secret has one text). */
export function parseSecret(text: string): Buffer | null {
  if (!text.startsWith(PREFIX)) return null;
  const bytes = Buffer.from(text.slice(PREFIX.length), 'base64');
  if (bytes.length < MIN_BYTES || bytes.length > MAX_BYTES) return null;
  return formatSecret(bytes) === text ? bytes : null; // Node skips what is not base64; comparing shows that there was none
}

/** `whsec_<base64>`, as Standard Webhooks writes a symmetric secret. */
export function formatSecret(bytes: Buffer): string {
  return PREFIX + bytes.toString('base64');
}

/** 32 random bytes. */
export function newSecret(): Buffer {
  return randomBytes(NEW_BYTES);
}
