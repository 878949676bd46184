import type { AttemptResult } from '#core';
import type { AttemptRequest, Egress } from '#egress';

/** Sends a small request to an endpoint; every field can be changed. */
export function post(egress: Egress, url: string, change: Partial<AttemptRequest> = {}): Promise<AttemptResult> {
  return egress.send({
    endpointId: 'one',
    url,
    policy: { httpsOnly: false, allowedPorts: [] },
    headers: { 'content-type': 'application/json', 'webhook-id': 'evt_1' },
    body: Buffer.from('{}'),
    timeoutMs: 10_000,
    mayConnect: (addresses) => addresses,
    mayStart: () => true,
    ...change,
  });
}

export type Answered = Extract<AttemptResult, { kind: 'response' }>;
export type Failed = Extract<AttemptResult, { kind: 'failure' }>;

/** The result, which must be an answer. */
export function answered(result: AttemptResult): Answered {
  if (result.kind !== 'response') throw new Error(`no answer: ${JSON.stringify(result)}`);
  return result;
}

/** The result, which must be a failure. */
export function failed(result: AttemptResult): Failed {
  if (result.kind !== 'failure') throw new Error(`no failure: ${JSON.stringify(result)}`);
  return result;
}
