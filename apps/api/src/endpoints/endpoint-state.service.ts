import { Injectable } from '@nestjs/common';
import { encodeId, ProblemError } from '#core';
import { TestEndpoint } from '#delivery';
import { LaneWaker } from '#lanes';
import { EndpointsRepository } from '#persistence';
import type { EndpointEntity } from '#persistence';
import { AuditTrail } from '../audit-trail.js';
import type { Caller } from '../auth/caller.js';
import { Transactions } from '../transactions.js';
import { CancelPending } from './cancel-pending.js';
import { toEndpoint } from './dto/endpoint.dto.js';
import type { EndpointDto } from './dto/endpoint.dto.js';
import type { StartedTestDto } from './dto/test-endpoint.dto.js';
import { FindEndpoint } from './find-endpoint.js';

/** Stops, starts and tries out endpoints. */
@Injectable()
export class EndpointStateService {
  constructor(
    private readonly endpoints: EndpointsRepository,
    private readonly findEndpoint: FindEndpoint,
    private readonly cancelPending: CancelPending,
    private readonly testEndpoint: TestEndpoint,
    private readonly waker: LaneWaker,
    private readonly transactions: Transactions,
    private readonly audit: AuditTrail,
  ) {}

  /** From now on it collects. An operator's pause stays an operator's. */
  async pause(caller: Caller, id: string): Promise<EndpointDto> {
    return this.transactions.run(async () => {
      const row = await this.findEndpoint.locked(caller, id);
      const reason = caller.role === 'subscriber' ? 'paused_by_subscriber' : 'paused_by_tenant';
      if (row.state === 'paused') return toEndpoint(row);
      return this.change(caller, row, { state: 'paused', stateReason: reason });
    });
  }

  /** Ends any pause and any disabling but an operator's. */
  async resume(caller: Caller, id: string, pending: 'deliver' | 'cancel'): Promise<EndpointDto> {
    const { id: endpointId } = await this.resumable(caller, id);
    // Before it is active again, or what is to be cancelled would be sent.
    if (pending === 'cancel') await this.cancelPending.all(endpointId);
    return this.transactions.run(async () =>
      this.change(caller, await this.resumable(caller, id), { state: 'active', stateReason: null }, { pending }),
    );
  }

  async test(caller: Caller, id: string, event: { type: string; payload: Buffer }): Promise<StartedTestDto> {
    const row = await this.findEndpoint.inPath(caller, id);
    const { deliveryId } = await this.testEndpoint.test(caller.tenantId, row.id, event);
    return { deliveryId: encodeId('delivery', deliveryId) };
  }

  private async resumable(caller: Caller, id: string): Promise<EndpointEntity> {
    const row = await this.transactions.run(() => this.findEndpoint.locked(caller, id));
    if (row.stateReason === 'paused_by_operator')
      throw new ProblemError('forbidden', { detail: 'an operator paused this endpoint; only an operator resumes it' });
    return row;
  }

  private async change(
    caller: Caller,
    row: EndpointEntity,
    state: Pick<EndpointEntity, 'state' | 'stateReason'>,
    detail: Record<string, unknown> = {},
  ): Promise<EndpointDto> {
    await this.endpoints.setState(row.id, state);
    await this.audit.record(caller, {
      action: `endpoint.${state.state === 'paused' ? 'paused' : 'resumed'}`,
      targetKind: 'endpoint',
      targetId: row.id,
      detail,
    });
    this.transactions.afterCommit(() => {
      this.waker.wake([row.id]);
    });
    return toEndpoint((await this.endpoints.find(row.tenantId, row.id)) ?? row);
  }
}
