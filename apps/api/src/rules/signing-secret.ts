import type { Report } from '#http-kit';
import { parseSecret } from '#signing';

/** A secret of the tenant's own, as Standard Webhooks writes them. */
export function signingSecret(value: unknown, report: Report): void {
  if (typeof value !== 'string' || parseSecret(value) === null)
    report('', 'secret_invalid', 'must be whsec_ and the base64 of 24 to 64 bytes');
}
