import type { Clock } from '#core';
import type { LeaseToRenew } from '#persistence';
import type { Lane } from '../run-lane/lane.js';
import type { LeaseDesk } from './lease-desk.js';

/**
 * One round over all lanes of the process, a few times a second: which endpoints have changed (so that a change bites within a second), which
 * leases are to be renewed, then every lane's tick. Everything is counted from before the statement was sent.
 */
export class KeepLeases {
  constructor(
    private readonly desk: LeaseDesk,
    private readonly clock: Clock,
  ) {}

  /** Throws the database's error: the leases then simply run out, and nothing is sent meanwhile. */
  async round(lanes: readonly Lane[]): Promise<void> {
    if (lanes.length === 0) return;
    await this.renew(lanes.filter((lane) => this.wantsRenewal(lane)));
    await this.confirm(lanes.filter((lane) => !lane.lease.isLost));
    for (const lane of lanes) lane.tick();
  }

  private wantsRenewal(lane: Lane): boolean {
    const next = lane.grant.next(lane.wanted, this.clock.now());
    return lane.lease.wantsRenewal(this.clock.monotonic()) || next.granted > lane.grant.granted;
  }

  private async renew(lanes: readonly Lane[]): Promise<void> {
    if (lanes.length === 0) return;
    const sentAt = this.clock.monotonic();
    const asked = lanes.map((lane) => ({ lane, next: lane.grant.next(lane.wanted, this.clock.now()) }));
    const renewed = await this.desk.renew(
      asked.map(({ lane, next }): LeaseToRenew => ({ endpointId: lane.endpointId, epoch: lane.lease.epoch, ...next })),
    );
    for (const { lane, next } of asked) {
      if (renewed.has(lane.endpointId)) {
        lane.lease.renewed(sentAt);
        lane.grant.renewed(next);
      } else {
        lane.lose();
      }
    }
  }

  private async confirm(lanes: readonly Lane[]): Promise<void> {
    const sentAt = this.clock.monotonic();
    const changed = await this.desk.changed(lanes.map(({ endpointId, version }) => ({ endpointId, version })));
    for (const lane of lanes) {
      // Not awaited: reading endpoints anew must not keep other lanes' leases from being renewed.
      if (changed.has(lane.endpointId)) void lane.reload();
      else lane.lease.confirmed(sentAt);
    }
  }
}
