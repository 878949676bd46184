import { SECOND } from '#core';
import { waitAtMost } from '#lanes';

/** What a step has at least, also when the time limit has passed. */
const STEP_AT_LEAST_MS = 1 * SECOND;

/** The steps of stopping: each is done whatever becomes of the others, and none waits for ever on something that does not answer. */
export class StopSteps {
  private readonly errors: unknown[] = [];
  private readonly endsAt: number;

  constructor(limitMs: number) {
    this.endsAt = performance.now() + limitMs;
  }

  /** False: not done in what is left of the time limit, and at least `leastMs`. A failure is kept for the end. */
  async run(work: () => Promise<unknown>, leastMs = STEP_AT_LEAST_MS): Promise<boolean> {
    try {
      return await waitAtMost(Math.max(leastMs, this.endsAt - performance.now()), work());
    } catch (error) {
      this.errors.push(error);
      return true;
    }
  }

  /** Throws what went wrong on the way, once everything was tried. */
  end(): void {
    if (this.errors.length > 0) throw new AggregateError(this.errors, `Stopping failed: ${this.errors.join('; ')}`);
  }
}
