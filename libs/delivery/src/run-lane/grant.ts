import type { EndpointProfile } from '../hold-lane/endpoint-profiles.js';

/**
 * What Postgres has in its books for this lease: how many requests may be in flight and how long one may last. Written there first and used
 * after, so that whoever takes the lane when the lease runs out knows what may still be open.
 */
export class Grant {
  constructor(
    private window: number,
    private timeoutMs: number,
    /** Until when an expired holder's requests may still be in flight (database's clock, ms); the window is the cap without them. */
    private readonly inheritedUntil: number | null,
  ) {}

  get granted(): number {
    return this.window;
  }

  /** What to ask for at the next renewal. A larger window has to wait for what was inherited. */
  next(wanted: { concurrency: number; timeoutMs: number }, now: number): { granted: number; timeoutMs: number } {
    const inherits = this.inheritedUntil !== null && now < this.inheritedUntil;
    return {
      granted: inherits ? Math.min(this.window, wanted.concurrency) : wanted.concurrency,
      timeoutMs: wanted.timeoutMs,
    };
  }

  /** Postgres has it now. */
  renewed(next: { granted: number; timeoutMs: number }): void {
    this.window = next.granted;
    this.timeoutMs = Math.max(this.timeoutMs, next.timeoutMs);
  }

  /** The profile with no longer attempts than granted. */
  limit(profile: EndpointProfile): EndpointProfile {
    return profile.timeoutMs <= this.timeoutMs ? profile : { ...profile, timeoutMs: this.timeoutMs };
  }
}
