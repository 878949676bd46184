import { v7 } from 'uuid';

let lastMs = -1;
let sequence = 0;

/**
 * A UUIDv7 of that time (ms since the epoch). Those of one process and one millisecond ascend, so that the events of a batch
 * and the deliveries of an event sort in the order in which they were made.
 */
export function newUuid(nowMs: number): string {
  const msecs = Math.floor(nowMs);
  if (msecs === lastMs) {
    sequence += 1;
  } else {
    lastMs = msecs;
    // Random start in the lower half of the 32 bits: two processes rarely meet, and 2^31 ids fit before it would wrap.
    sequence = Math.floor(Math.random() * 0x8000_0000);
  }
  return v7({ msecs, seq: sequence });
}

/** The time in a UUIDv7, ms since the epoch. */
export function uuidTime(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}

/** The smallest UUID of that millisecond: where a range scan or a partition by time begins. */
export function uuidFloor(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
