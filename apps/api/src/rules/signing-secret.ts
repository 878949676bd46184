import type { FieldError } from '#core';
import type { Report } from '#http-kit';
import { parseSigningKey, schemeOf } from '#signing';
import type { SignatureScheme } from '#signing';

const MUST: Record<SignatureScheme, string> = {
  v1: 'whsec_ and the base64 of 24 to 64 bytes',
  v1a: 'whsk_ and the base64 of an Ed25519 seed of 32 bytes, or of seed and public key',
};

/** A secret of the tenant's own, as Standard Webhooks writes them. */
export function signingSecret(value: unknown, report: Report): void {
  if (typeof value !== 'string' || parseSigningKey(value) === null)
    report('', 'secret_invalid', `must be ${MUST.v1}; for v1a ${MUST.v1a}`);
}

/** A well-formed secret must also be one of the endpoint's scheme. */
export function schemeErrors(secret: string | null | undefined, scheme: SignatureScheme): FieldError[] {
  const key = typeof secret === 'string' ? parseSigningKey(secret) : null;
  if (key === null || schemeOf(key) === scheme) return [];
  return [
    { pointer: '/secret', code: 'secret_invalid', detail: `must be ${MUST[scheme]}: the endpoint signs ${scheme}` },
  ];
}
