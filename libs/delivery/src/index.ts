// The path of an event, in reading order.
export { PublishEvents } from './publish-events/publish-events.js';
export type { NewEvent, PublishedEvent } from './publish-events/new-event.js';
export type { GroupLimits } from './publish-events/publish-group.js';
export { HoldLanes } from './hold-lane/hold-lanes.js';
export { KeepLeases } from './hold-lane/keep-leases.js';
export { LeaseDesk } from './hold-lane/lease-desk.js';
export { EndpointProfiles } from './hold-lane/endpoint-profiles.js';
export type { LaneServices } from './run-lane/lane-services.js';
export { ClaimDesk } from './run-lane/claim-desk.js';
export { EventBodies } from './run-lane/event-bodies.js';
export { AttemptDelivery } from './attempt-delivery/attempt-delivery.js';
export { SettleDesk } from './settle-attempts/settle-desk.js';
export { ResendDelivery } from './replay-deliveries/resend-delivery.js';
export { CancelDelivery } from './replay-deliveries/cancel-delivery.js';
export { TestEndpoint } from './replay-deliveries/test-endpoint.js';
export { DatabaseClock } from './database-clock.js';
