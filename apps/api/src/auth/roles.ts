import type { Permission } from './caller.js';

// The rows of the role table, as the routes' @Allow names them.

/** What only the tenant may. */
export const TENANT: readonly Permission[] = ['tenant'];
/** Producing events. */
export const PUBLISHERS: readonly Permission[] = ['tenant', 'publisher'];
/** Changing what a subscriber owns. */
export const MANAGERS: readonly Permission[] = ['tenant', 'subscriber:manage'];
/** Reading what a subscriber owns. */
export const READERS: readonly Permission[] = ['tenant', 'subscriber:manage', 'subscriber:read'];
/** Any key at all. */
export const EVERY_KEY: readonly Permission[] = ['tenant', 'publisher', 'subscriber:manage', 'subscriber:read'];
