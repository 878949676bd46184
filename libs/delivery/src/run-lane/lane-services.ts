import type { EndpointProfiles } from '../hold-lane/endpoint-profiles.js';
import type { ClaimDesk } from './claim-desk.js';
import type { OutboxServices } from './outbox.js';

/** What a lane needs of its process. */
export interface LaneServices extends OutboxServices {
  claims: ClaimDesk;
  profiles: EndpointProfiles;
  /** Declares deliveries dead whose event is past its retention. */
  buryExpiredPayloads(lane: { endpointId: string; epoch: number }, ids: string[]): Promise<void>;
  onError(error: Error): void;
}

/** Everything is settled and the lane may be released (not before a time, if it cannot send now), or the lease is gone. */
export type LaneEnd = { kind: 'done'; notBefore: number | null } | { kind: 'lost' };
