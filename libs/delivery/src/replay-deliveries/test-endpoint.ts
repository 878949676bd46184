import { ProblemError } from '#core';
import { insertTest, takeTest } from '#persistence';
import type { Database } from '#persistence';

export interface TestEvent {
  type: string;
  /** JSON text, sent as `data`. */
  payload: Buffer;
}

/** Each is a request somewhere that its sender chooses, and no window, breaker or rate limit holds it. */
const RATE = { burst: 10, intervalSeconds: 6 };

/**
 * One attempt to an endpoint, through its holder like any other, also when it is paused or broken. It counts for nothing: failed, it is
 * `cancelled` with `test_failed`, never a dead letter. The event is addressed to the endpoint's subscriber.
 */
export class TestEndpoint {
  constructor(
    private readonly database: Database,
    private readonly wake: (endpointIds: string[]) => void,
  ) {}

  /** Throws ProblemError `not_found` or `rate_limited`. */
  async test(tenantId: string, endpointId: string, event: TestEvent): Promise<{ deliveryId: string }> {
    const retryAfterSeconds = await takeTest(this.database, { tenantId, endpointId }, RATE);
    if (retryAfterSeconds !== null) {
      throw new ProblemError('rate_limited', { detail: 'an endpoint is tested ten times a minute', retryAfterSeconds });
    }
    const deliveryId = await insertTest(this.database, { tenantId, endpointId, ...event });
    if (deliveryId === null) throw new ProblemError('not_found', { detail: 'no such endpoint' });
    this.wake([endpointId]);
    return { deliveryId };
  }
}
