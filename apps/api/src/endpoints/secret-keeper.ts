import { Injectable } from '@nestjs/common';
import { newUuid } from '#core';
import { EndpointSecretsRepository, EndpointsRepository } from '#persistence';
import { formatSecret, newSecret, SecretBox } from '#signing';
import { ApiClock } from '../api-clock.js';
import { AuditTrail } from '../audit-trail.js';
import type { Caller } from '../auth/caller.js';
import { formatRfc3339 } from '#http-kit';
import { LaneWaker } from '#lanes';
import { notFound } from '../path-id.js';
import { Transactions } from '../transactions.js';
import { USUAL_OVERLAP_SECONDS } from './dto/endpoint-secret.dto.js';
import type { EndpointSecretDto, RotateSecretDto } from './dto/endpoint-secret.dto.js';
import { FindEndpoint } from './find-endpoint.js';

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

  /** Gives a new endpoint its secret, the given one or one made here, and answers with its text. */
  async add(endpointId: string, given: string | null): Promise<string> {
    const text = given ?? formatSecret(newSecret());
    const now = this.clock.now();
    await this.secrets.insert({
      id: newUuid(now),
      endpointId,
      sealed: this.box.seal(Buffer.from(text), endpointId),
      createdAt: new Date(now),
    });
    return text;
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
      const { id: endpointId } = await this.findEndpoint.locked(caller, id);
      await this.change(caller, endpointId, body.secret ?? null, body.overlapSeconds ?? USUAL_OVERLAP_SECONDS);
      return this.read(endpointId);
    });
  }

  /** Makes a given secret the current one, with the usual overlap; when it is that already, nothing happens. The endpoint must be locked. */
  async rotateTo(caller: Caller, endpointId: string, secret: string): Promise<void> {
    if ((await this.read(endpointId)).secret !== secret)
      await this.change(caller, endpointId, secret, USUAL_OVERLAP_SECONDS);
  }

  private async change(
    caller: Caller,
    endpointId: string,
    secret: string | null,
    overlapSeconds: number,
  ): Promise<void> {
    await this.secrets.endCurrent(endpointId, overlapSeconds);
    await this.secrets.removeEnded(endpointId);
    await this.add(endpointId, secret);
    await this.endpoints.touch(endpointId);
    await this.audit.record(caller, {
      action: 'secret.rotated',
      targetKind: 'endpoint',
      targetId: endpointId,
      detail: { overlapSeconds },
    });
    this.transactions.afterCommit(() => {
      this.waker.wake([endpointId]);
    });
  }

  private async read(endpointId: string): Promise<EndpointSecretDto> {
    const [current, ...previous] = await this.secrets.live(endpointId);
    if (current === undefined) throw notFound('secret');
    return {
      secret: this.box.open(current.sealed, endpointId).toString(),
      createdAt: formatRfc3339(current.createdAt),
      previous: previous.flatMap(({ expiresAt }) =>
        expiresAt === null ? [] : [{ expiresAt: formatRfc3339(expiresAt) }],
      ),
    };
  }
}
