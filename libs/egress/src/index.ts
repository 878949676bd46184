export { AddressGuard, type GuardConfig } from './address-guard.js';
export { Egress, type EgressOptions, type EgressStats } from './egress.js';
export type { AttemptRequest } from './attempt.js';
