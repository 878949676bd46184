import { Injectable } from '@nestjs/common';
import { newUuid } from '#core';
import { AuditRepository } from '#persistence';
import type { Caller } from './auth/caller.js';
import { ApiClock } from './api-clock.js';

export interface Audited {
  action: string;
  targetKind: string;
  targetId: string;
  detail?: Record<string, unknown>;
}

/** Writes down who did what, in the transaction of what they did. Never secrets. */
@Injectable()
export class AuditTrail {
  constructor(
    private readonly audit: AuditRepository,
    private readonly clock: ApiClock,
  ) {}

  async record(caller: Caller, { action, targetKind, targetId, detail = {} }: Audited): Promise<void> {
    await this.audit.record({
      id: newUuid(this.clock.now()),
      tenantId: caller.tenantId,
      actorKind: caller.role,
      actorId: caller.keyId,
      action,
      targetKind,
      targetId,
      detail,
      requestId: caller.requestId,
    });
  }
}
