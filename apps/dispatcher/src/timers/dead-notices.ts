import { MINUTE } from '#core';
import type { Clock } from '#core';
import type { TellDeaths } from '#delivery';
import { takeTurn } from '#persistence';
import type { Database } from '#persistence';

export const DEAD_NOTICES_EVERY_MS = MINUTE;
/** A turn falls due a little before the timers ask for it (see `due-wakes`). */
const TURN_SHARE = 0.8;

/** The hourly notices of what died: asked for each minute, so that an hour is told soon after it is over. */
export class DeadNotices {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly processId: string,
    private readonly tellDeaths: TellDeaths,
  ) {}

  /** One turn, if it is this process's. */
  async round(): Promise<void> {
    if (!(await takeTurn(this.database, 'dead-notices', DEAD_NOTICES_EVERY_MS * TURN_SHARE, this.processId))) return;
    await this.tellDeaths.tell(this.clock.now());
  }
}
