export { LaneWaker } from './wake-lanes.js';
export { LaneHosting } from './host-lanes.js';
export type { HoldReason, HostSettings, WakeHandler } from './host-lanes.js';
export { waitAtMost } from './wait-at-most.js';
export { prepareQueue } from './queue-backend.js';
export type { QueueSettings } from './queue-backend.js';
