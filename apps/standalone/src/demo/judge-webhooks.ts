import { Webhook } from 'standardwebhooks';
import type { SeenWebhook } from './watch-inbox.js';

/** What the receiver's side of one endpoint amounts to. */
export interface Verdict {
  /** Different events accepted with a 2xx. */
  readonly accepted: number;
  readonly requests: number;
  /** Requests of which each signature verifies with the secret it belongs to, oldest secret first. */
  readonly verified: number;
  /** Requests that carried a signature of each secret. */
  readonly signedByAll: number;
  readonly identical: number;
}

/** `expected`: the body of each event of this run by its id; requests for other events are none of ours. */
export function judgeWebhooks(
  webhooks: readonly SeenWebhook[],
  expected: ReadonlyMap<string, string>,
  secrets: readonly string[],
): Verdict {
  const ours = webhooks.filter(({ headers }) => expected.has(idOf(headers)));
  const signers = ours.map((webhook) => verifiedBy(webhook, secrets));
  const accepted = ours.filter(({ answered }) => answered < 300);
  return {
    accepted: new Set(accepted.map(({ headers }) => idOf(headers))).size,
    requests: ours.length,
    verified: ours.filter((webhook, index) => signers[index] === signatureCount(webhook)).length,
    signedByAll: signers.filter((count) => count === secrets.length).length,
    identical: ours.filter((webhook) => bodyOf(webhook) === expected.get(idOf(webhook.headers))).length,
  };
}

export function idOf(headers: Record<string, string>): string {
  return headers['webhook-id'] ?? '';
}

function bodyOf({ bodyBase64 }: SeenWebhook): string {
  return Buffer.from(bodyBase64, 'base64').toString('utf8');
}

function signatureCount({ headers }: SeenWebhook): number {
  return (headers['webhook-signature'] ?? '').split(' ').filter((signature) => signature !== '').length;
}

function verifiedBy(webhook: SeenWebhook, secrets: readonly string[]): number {
  return secrets.filter((secret) => {
    try {
      new Webhook(secret).verify(bodyOf(webhook), webhook.headers);
      return true;
    } catch {
      return false;
    }
  }).length;
}
