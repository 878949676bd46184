import type { ClaimedDelivery } from '#persistence';
import type { EventBodies } from './event-bodies.js';
import type { Side } from './hands.js';
import type { LaneClaims } from './lane-claims.js';
import type { Outbox } from './outbox.js';
import type { Sharer } from '../share-process/share-line.js';

export interface LoadServices {
  bodies: EventBodies;
  /** Declares deliveries dead whose event is past its retention. */
  buryExpiredPayloads(lane: { endpointId: string; epoch: number }, ids: string[]): Promise<void>;
}

/** From the claim to the outbox: the bodies of what was claimed, as many as fit; the rest goes back. */
export class LoadClaimed {
  constructor(
    private readonly services: LoadServices,
    private readonly of: Sharer,
    private readonly claims: LaneClaims,
    private readonly outbox: Outbox,
    /** Its bytes have to be waited for. */
    private readonly onWait: () => void,
  ) {}

  /** True: not all fitted. `isWanted` is asked once the bodies are there: the lane may have ended or changed meanwhile. */
  async load(
    lane: { endpointId: string; epoch: number },
    deliveries: ClaimedDelivery[],
    side: Side,
    isWanted: () => boolean,
  ): Promise<boolean> {
    if (deliveries.length === 0) return false;
    const { ready, missing, left } = await this.services.bodies
      .load(deliveries, this.of, this.onWait)
      .catch((error: unknown) => {
        for (const { id } of deliveries) this.claims.putBack(id);
        throw error;
      });
    if (isWanted()) this.outbox.add(ready, side);
    else for (const one of ready) this.outbox.putBack(one);
    for (const { id } of left) this.claims.putBack(id);
    if (missing.length > 0) await this.bury(lane, missing);
    return left.length > 0;
  }

  private async bury(lane: { endpointId: string; epoch: number }, missing: readonly ClaimedDelivery[]): Promise<void> {
    const ids = missing.map(({ id }) => id);
    await this.services.buryExpiredPayloads(lane, ids);
    for (const id of ids) this.claims.settled(id);
  }
}
