import type { EndpointProfiles } from '../hold-lane/endpoint-profiles.js';
import type { LaneSlots } from '../share-process/lane-slots.js';
import type { ClaimDesk } from './claim-desk.js';
import type { GateServices } from './lane-gate.js';
import type { LoadServices } from './load-claimed.js';
import type { OutboxServices } from './outbox.js';
import type { TargetCap } from '../share-process/target-cap.js';

/** What a lane needs of its process. */
export interface LaneServices extends OutboxServices, GateServices, LoadServices {
  claims: ClaimDesk;
  profiles: EndpointProfiles;
  slots: LaneSlots;
  targets: TargetCap;
  /** A new event waits about so long behind a backlog. */
  freshWithinMs: number;
  /** Asks for that lane's next renewal at once: its window has grown past what was granted. */
  renewSoon(endpointId: string): void;
  onError(error: Error): void;
}

/** Everything is settled and the lane may be released (not before a time, if it cannot send now), or the lease is gone. */
export type LaneEnd = { kind: 'done'; notBefore: number | null } | { kind: 'lost' };
