import { Injectable } from '@nestjs/common';
import { encodeId, ProblemError } from '#core';
import { insertNotices, TestEndpoint } from '#delivery';
import type { Transition } from '#delivery';
import { LaneWaker } from '#lanes';
import { Database, EndpointsRepository } from '#persistence';
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
    private readonly database: Database,
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
      const stateReason = caller.role === 'subscriber' ? 'paused_by_subscriber' : 'paused_by_tenant';
      if (row.state === 'paused') return toEndpoint(row);
      await this.endpoints.setState(row.id, { state: 'paused', stateReason });
      return this.changed(caller, row, { action: 'endpoint.paused', notice: row.state === 'active' ? 'paused' : null });
    });
  }

  /** Ends any pause, `Retry-After` or disabling, but not an operator's pause, and lets an open breaker probe. */
  async resume(caller: Caller, id: string, pending: 'deliver' | 'cancel'): Promise<EndpointDto> {
    const { id: endpointId } = await this.resumable(caller, id);
    // Before it is active again, or what is to be cancelled would be sent.
    if (pending === 'cancel') await this.cancelPending.all(endpointId);
    return this.transactions.run(async () => {
      const row = await this.resumable(caller, id);
      await this.endpoints.resume(row.id);
      const notice = row.state === 'disabled' ? 'recovered' : null;
      return this.changed(caller, row, { action: 'endpoint.resumed', notice, detail: { pending } });
    });
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

  /** What goes with a change of state, in its transaction; `before` is the row before it. */
  private async changed(caller: Caller, before: EndpointEntity, change: Change): Promise<EndpointDto> {
    const { action, notice, detail = {} } = change;
    await this.audit.record(caller, { action, targetKind: 'endpoint', targetId: before.id, detail });
    const row = (await this.endpoints.find(before.tenantId, before.id)) ?? before;
    const told =
      notice === null ? [] : await insertNotices(this.database.management, [transitionOf(notice, before, row)]);
    this.transactions.afterCommit(() => {
      this.waker.wake([row.id, ...told]);
    });
    return toEndpoint(row);
  }
}

interface Change {
  action: 'endpoint.paused' | 'endpoint.resumed';
  /** Null: nobody need be told. */
  notice: Transition['kind'] | null;
  detail?: Record<string, unknown>;
}

/** No attempt brought it about: somebody did. Of what is over, the notice says what it was. */
function transitionOf(
  kind: Transition['kind'],
  before: EndpointEntity,
  { stateReason, stateSince }: EndpointEntity,
): Transition {
  const reason = kind === 'recovered' ? before.stateReason : stateReason;
  return { endpointId: before.id, kind, reason, since: stateSince.getTime(), lastAttempt: null };
}
