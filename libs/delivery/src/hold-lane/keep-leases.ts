import type { Clock } from '#core';
import type { LeaseToRenew } from '#persistence';
import type { Lane } from '../run-lane/lane.js';
import type { LeaseDesk } from './lease-desk.js';

/** Renewals asked for out of turn within this time go together. */
const SOON_MS = 10;

/**
 * One round over all lanes of the process, a few times a second: which endpoints have changed (so that a change bites within a second), which
 * leases are to be renewed, then every lane's tick. Everything is counted from before the statement was sent.
 */
export class KeepLeases {
  private soon = new Set<string>();
  private timer: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(
    private readonly desk: LeaseDesk,
    private readonly clock: Clock,
    private readonly find: (endpointId: string) => Lane | undefined,
    private readonly onError: (error: Error) => void,
  ) {}

  /** Throws the database's error: the leases then simply run out, and nothing is sent meanwhile. */
  async round(lanes: readonly Lane[]): Promise<void> {
    if (lanes.length === 0) return;
    await this.renew(lanes.filter((lane) => this.wantsRenewal(lane)));
    await this.confirm(lanes.filter((lane) => !lane.gate.lease.isLost));
    for (const lane of lanes) lane.tick();
  }

  /** That lane's window has grown past its grant: it need not wait for the round. */
  renewSoon(endpointId: string): void {
    if (this.stopped) return;
    this.soon.add(endpointId);
    this.timer ??= setTimeout(() => {
      this.timer = null;
      void this.renewThose();
    }, SOON_MS);
  }

  stop(): void {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  private async renewThose(): Promise<void> {
    const lanes = [...this.soon].map((endpointId) => this.find(endpointId)).filter((lane) => lane !== undefined);
    this.soon = new Set();
    try {
      await this.renew(lanes);
      for (const lane of lanes) lane.pump();
    } catch (error) {
      this.onError(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private wantsRenewal({ gate, inFlight }: Lane): boolean {
    return gate.lease.wantsRenewal(this.clock.monotonic()) || gate.isShort(inFlight);
  }

  private async renew(lanes: readonly Lane[]): Promise<void> {
    if (lanes.length === 0) return;
    const sentAt = this.clock.monotonic();
    const asked = lanes.map((lane) => ({
      lane,
      next: lane.gate.grant.next(lane.gate.wanted(lane.inFlight), lane.gate.now()),
    }));
    for (const { lane, next } of asked) lane.gate.grant.asked(next);
    const renewed = await this.desk.renew(
      asked.map(({ lane, next }): LeaseToRenew => ({
        endpointId: lane.endpointId,
        epoch: lane.gate.lease.epoch,
        flow: lane.gate.storable(lane.inFlight),
        ...next,
      })),
    );
    for (const { lane, next } of asked) {
      if (renewed.has(lane.endpointId)) {
        lane.gate.lease.renewed(sentAt);
        lane.gate.grant.renewed(next);
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
      else lane.gate.lease.confirmed(sentAt);
    }
  }
}
