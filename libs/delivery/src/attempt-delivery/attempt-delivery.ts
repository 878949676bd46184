import { encodeId, SECOND } from '#core';
import type { AttemptResult, Clock } from '#core';
import type { AttemptRequest, Egress } from '#egress';
import type { ClaimedDelivery, LoadedEvent } from '#persistence';
import type { EndpointProfile } from '../hold-lane/endpoint-profiles.js';
import { webhookBody } from './webhook-body.js';

export interface AttemptOptions {
  clock: Clock;
  egress: Pick<Egress, 'send'>;
  /** The API's public address, for thin bodies. */
  publicUrl: string;
  /** `Posthorn/<version>` */
  userAgent: string;
}

export interface Attempted {
  result: AttemptResult;
  /** When it was signed, milliseconds; the signature carries the second it lies in. */
  signedAt: number;
  url: string;
  /** The `webhook-signature` it carried: not to be stored, should the answer repeat it. */
  signature: string;
}

/** One HTTP request of a delivery: the body made, signed with every live secret at this second, and sent. */
export class AttemptDelivery {
  constructor(private readonly options: AttemptOptions) {}

  /** `allowed` is asked before a connection is opened, and right before the first byte is written. Throws InvalidEndpoint when no secret is alive. */
  async attempt(
    delivery: ClaimedDelivery,
    event: LoadedEvent,
    profile: EndpointProfile,
    allowed: Pick<AttemptRequest, 'mayConnect' | 'mayStart'>,
  ): Promise<Attempted> {
    const { clock, egress, publicUrl, userAgent } = this.options;
    const signedAt = clock.now();
    const body = webhookBody(event, profile.payload, publicUrl);
    const signed = profile.signer(signedAt).headers(encodeId('event', event.id), Math.floor(signedAt / SECOND), body);
    const headers: Record<string, string> = {
      ...profile.headers,
      'content-type': 'application/json',
      'user-agent': userAgent,
      ...signed,
      'posthorn-attempt': String(delivery.attempts + 1),
      'posthorn-delivery': encodeId('delivery', delivery.id),
    };
    const { endpointId, url, policy, timeoutMs } = profile;
    const result = await egress.send({ endpointId, url, policy, headers, body, timeoutMs, ...allowed });
    return { result, signedAt, url, signature: signed['webhook-signature'] };
  }
}
