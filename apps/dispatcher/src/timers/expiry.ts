import { expireDeliveries, takeTurn } from '#persistence';
import type { Database } from '#persistence';

const CHUNK = 5_000;
/** Longer than an attempt can last, and a minute: nothing in flight is declared dead. */
const GRACE_SECONDS = 90;
export const EXPIRE_EVERY_MS = 15_000;

/** Deliveries past their deadline whose lane cannot send (see `expire-deliveries`). */
export class Expiry {
  constructor(
    private readonly database: Database,
    private readonly processId: string,
    private readonly oldestId: () => string,
  ) {}

  /** One turn, if it is this process's. */
  async round(): Promise<void> {
    if (!(await takeTurn(this.database, 'expiry', EXPIRE_EVERY_MS, this.processId))) return;
    let expired: number;
    do expired = await expireDeliveries(this.database, GRACE_SECONDS, this.oldestId(), CHUNK);
    while (expired === CHUNK);
  }
}
