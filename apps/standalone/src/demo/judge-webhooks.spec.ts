import { WebhookSigner, formatSecret, newSecret } from '#signing';
import { judgeWebhooks } from './judge-webhooks.js';

const [old, fresh, foreign] = [newSecret(), newSecret(), newSecret()];
const EXPECTED = new Map([
  ['evt_1', '{"a":1}'],
  ['evt_2', '{"b":"é"}'],
]);

function seen(id: string, signers: Buffer[], answered = 200, body = EXPECTED.get(id) ?? '{}') {
  const headers = { ...new WebhookSigner(signers).headers(id, Math.floor(Date.now() / 1000), Buffer.from(body)) };
  return { headers, bodyBase64: Buffer.from(body).toString('base64'), answered };
}
const judge = (...webhooks: ReturnType<typeof seen>[]) =>
  judgeWebhooks(webhooks, EXPECTED, [old, fresh].map(formatSecret));

describe('judgeWebhooks', () => {
  it('counts events once and requests each', () => {
    const verdict = judge(seen('evt_1', [old], 503), seen('evt_1', [old]), seen('evt_2', [fresh, old]));
    expect(verdict).toEqual({ accepted: 2, requests: 3, verified: 3, signedByAll: 1, identical: 3 });
  });

  it('notices a foreign signature beside a good one, and other bytes', () => {
    const verdict = judge(seen('evt_1', [old, foreign]), seen('evt_2', [old], 200, '{"b":"e"}'));
    expect(verdict).toEqual({ accepted: 2, requests: 2, verified: 1, signedByAll: 0, identical: 1 });
  });

  it('leaves out what is not of this run', () => {
    expect(judge(seen('evt_9', [foreign])).requests).toBe(0);
  });
});
