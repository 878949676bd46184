import { Injectable } from '@nestjs/common';
import { SECOND, uuidFloor } from '#core';
import { cancelPending, Database } from '#persistence';
import { ApiClock } from '../api-clock.js';

/** Larger than any id there will be. */
const ANY_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
/** How long an answer waits for it; the dispatcher's sweep settles what is left of a deleted endpoint. */
const LONGEST_MS = 2 * SECOND;
/** Ids are made on the database's clock; ours may be a little behind. */
const CLOCKS_APART_MS = SECOND;

/** Cancels what is pending at an endpoint, slice by slice, so that no lock is held for long. What is in flight finishes. */
@Injectable()
export class CancelPending {
  constructor(
    private readonly database: Database,
    private readonly clock: ApiClock,
  ) {}

  /** What was published by now. Without that bound a busy producer could keep it going for ever. */
  async all(endpointId: string): Promise<void> {
    const upTo = uuidFloor(this.clock.now() + CLOCKS_APART_MS);
    while ((await this.slice(endpointId, upTo, 'cancelled')) > 0);
  }

  /** Of endpoints that are marked as deleted, as much as time allows. */
  async ofDeleted(endpointIds: readonly string[]): Promise<void> {
    const until = this.clock.monotonic() + LONGEST_MS;
    for (const endpointId of endpointIds) {
      while ((await this.slice(endpointId, ANY_ID, 'endpoint_deleted')) > 0) if (this.clock.monotonic() > until) return;
    }
  }

  private slice(endpointId: string, upTo: string, reason: 'cancelled' | 'endpoint_deleted'): Promise<number> {
    return cancelPending(this.database, { endpointId, upTo, reason });
  }
}
