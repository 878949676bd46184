import { Injectable } from '@nestjs/common';
import { newUuid } from '#core';
import { EndpointSecretsRepository, EndpointsRepository } from '#persistence';
import type { EndpointEntity, EndpointSecretEntity } from '#persistence';
import { formatSigningKey, newSigningKey, parseSigningKey, receiversHalf, SecretBox } from '#signing';
import type { SignatureScheme, SigningKey } from '#signing';
import { ApiClock } from '../api-clock.js';
import { AuditTrail } from '../audit-trail.js';
import type { Caller } from '../auth/caller.js';
import { formatRfc3339, invalidRequest } from '#http-kit';
import { LaneWaker } from '#lanes';
import { notFound } from '../path-id.js';
import { schemeErrors } from '../rules/signing-secret.js';
import { Transactions } from '../transactions.js';
import { USUAL_OVERLAP_SECONDS } from './dto/endpoint-secret.dto.js';
import type { EndpointSecretDto, RotateSecretDto } from './dto/endpoint-secret.dto.js';
import { FindEndpoint } from './find-endpoint.js';

/** Each live secret costs every delivery a signature, and the receiver's limit on headers is 16 KiB at most. */
const MOST_PREVIOUS = 9;

/** Signing secrets: made, encrypted, revealed, rotated; every look at one is audited. */
@Injectable()
export class SecretKeeper {
  constructor(
    private readonly secrets: EndpointSecretsRepository,
    private readonly endpoints: EndpointsRepository,
    private readonly findEndpoint: FindEndpoint,
    private readonly box: SecretBox,
    private readonly waker: LaneWaker,
    private readonly transactions: Transactions,
    private readonly audit: AuditTrail,
    private readonly clock: ApiClock,
  ) {}

  /** Gives a new endpoint its secret, the given one or one made here, and answers with what receivers need of it. */
  async add(
    endpointId: string,
    scheme: SignatureScheme,
    given: string | null,
  ): Promise<ReturnType<typeof receiversHalf>> {
    const key = given === null ? newSigningKey(scheme) : readKey(given);
    const now = this.clock.now();
    await this.secrets.insert({
      id: newUuid(now),
      endpointId,
      sealed: this.box.seal(Buffer.from(formatSigningKey(key)), endpointId),
      createdAt: new Date(now),
    });
    return receiversHalf(key);
  }

  async reveal(caller: Caller, id: string): Promise<EndpointSecretDto> {
    return this.transactions.run(async () => {
      const endpoint = await this.findEndpoint.inPath(caller, id);
      await this.audit.record(caller, { action: 'secret.revealed', targetKind: 'endpoint', targetId: endpoint.id });
      return this.read(endpoint.id);
    });
  }

  async rotate(caller: Caller, id: string, body: RotateSecretDto): Promise<EndpointSecretDto> {
    return this.transactions.run(async () => {
      const { id: endpointId, signature } = await this.findEndpoint.locked(caller, id);
      const errors = schemeErrors(body.secret, signature);
      if (errors.length > 0) throw invalidRequest(errors);
      const overlapSeconds = body.overlapSeconds ?? USUAL_OVERLAP_SECONDS;
      await this.change(caller, endpointId, { scheme: signature, given: body.secret ?? null, overlapSeconds });
      return this.read(endpointId);
    });
  }

  /**
   * Rotates, with the usual overlap, when the endpoint is to have another scheme than it has, or a given secret that is not its current one.
   * The endpoint must be locked, the given secret one of the scheme.
   */
  async follow(
    caller: Caller,
    endpoint: Pick<EndpointEntity, 'id' | 'signature'>,
    scheme: SignatureScheme,
    given: string | null,
  ): Promise<void> {
    const stays = given === null ? endpoint.signature === scheme : await this.isCurrent(endpoint.id, given);
    if (!stays) await this.change(caller, endpoint.id, { scheme, given, overlapSeconds: USUAL_OVERLAP_SECONDS });
  }

  private async change(
    caller: Caller,
    endpointId: string,
    { scheme, given, overlapSeconds }: { scheme: SignatureScheme; given: string | null; overlapSeconds: number },
  ): Promise<void> {
    await this.secrets.endCurrent(endpointId, overlapSeconds);
    await this.secrets.removeEnded(endpointId);
    await this.secrets.keepNewest(endpointId, MOST_PREVIOUS);
    await this.add(endpointId, scheme, given);
    await this.endpoints.touch(endpointId);
    await this.audit.record(caller, {
      action: 'secret.rotated',
      targetKind: 'endpoint',
      targetId: endpointId,
      detail: { signature: scheme, overlapSeconds },
    });
    this.transactions.afterCommit(() => {
      this.waker.wake([endpointId]);
    });
  }

  private async isCurrent(endpointId: string, given: string): Promise<boolean> {
    const [current] = await this.secrets.live(endpointId);
    return current !== undefined && formatSigningKey(this.open(current)) === formatSigningKey(readKey(given));
  }

  private async read(endpointId: string): Promise<EndpointSecretDto> {
    const [current, ...previous] = await this.secrets.live(endpointId);
    if (current === undefined) throw notFound('secret');
    return {
      ...receiversHalf(this.open(current)),
      createdAt: formatRfc3339(current.createdAt),
      previous: previous.flatMap(({ expiresAt }) =>
        expiresAt === null ? [] : [{ expiresAt: formatRfc3339(expiresAt) }],
      ),
    };
  }

  private open({ sealed, endpointId }: EndpointSecretEntity): SigningKey {
    return readKey(this.box.open(sealed, endpointId).toString());
  }
}

/** What was checked when it came, so that it is our fault when it is not well-formed. */
function readKey(text: string): SigningKey {
  const key = parseSigningKey(text);
  if (key === null) throw new Error('a signing secret is not well-formed');
  return key;
}
