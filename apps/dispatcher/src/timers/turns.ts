import type { Config } from '#config';
import { SECOND } from '#core';
import type { Clock } from '#core';
import { TellDeaths } from '#delivery';
import type { Database, PendingIds } from '#persistence';
import { ACCOUNTING_EVERY_MS } from './accounting.js';
import type { Accounting } from './accounting.js';
import { DEAD_NOTICES_EVERY_MS, DeadNotices } from './dead-notices.js';
import { DueWakes } from './due-wakes.js';
import { EXPIRE_EVERY_MS, Expiry } from './expiry.js';
import { Housekeeping } from './housekeeping.js';
import { Periodic } from './periodic.js';
import { Sweep } from './sweep.js';

/** How often a round that another process took is asked for again. */
const TURNS_ASKED_MS = 1 * SECOND;

export interface TurnsOptions {
  database: Database;
  clock: Clock;
  /** Of the process that takes turns. */
  id: string;
  lane: Pick<Config['lane'], 'dueEveryMs' | 'sweepEveryMs'>;
  retentionDays: number;
  accounting: Accounting;
  pendingIds: () => PendingIds;
  wake: (endpointIds: Iterable<string>) => void;
  onError: (error: Error) => void;
}

/** What one of all dispatchers does at a time, each taking its turn: wakes, sweeps and chores. */
export function turns({ database, clock, id, lane, pendingIds, wake, onError, ...of }: TurnsOptions): Periodic[] {
  const { dueEveryMs, sweepEveryMs } = lane;
  const due = new DueWakes(database, dueEveryMs, id, wake);
  const sweep = new Sweep(database, sweepEveryMs, id, pendingIds, wake);
  const expiry = new Expiry(database, id, () => pendingIds().oldest);
  const deadNotices = new DeadNotices(database, clock, id, new TellDeaths(database, wake));
  const housekeeping = new Housekeeping(database, clock, id, of.retentionDays);
  return [
    new Periodic(dueEveryMs, () => due.round(), onError),
    new Periodic(Math.min(sweepEveryMs, TURNS_ASKED_MS), () => sweep.round(), onError),
    new Periodic(EXPIRE_EVERY_MS, () => expiry.round(), onError),
    new Periodic(DEAD_NOTICES_EVERY_MS, () => deadNotices.round(), onError),
    new Periodic(ACCOUNTING_EVERY_MS, () => of.accounting.round(), onError),
    new Periodic(60 * TURNS_ASKED_MS, () => housekeeping.round(), onError),
  ];
}
