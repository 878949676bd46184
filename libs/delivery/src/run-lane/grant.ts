import type { EndpointProfile } from '../hold-lane/endpoint-profiles.js';

/** What the holder would like to use. */
export interface Wanted {
  concurrency: number;
  timeoutMs: number;
  window: number;
  inFlight: number;
}

/** A window may grow this much before the next grant is needed. */
const HEADROOM = 4;

/**
 * What Postgres has in its books for this lease: how many requests may be in flight and how long one may last. Written there first and used
 * after, so that whoever takes the lane when the lease runs out knows what may still be open. It follows the window: what was never granted,
 * nobody has to wait for.
 */
export class Grant {
  /** What the last renewal asked for: one before it, answered now, no longer grants more than that. */
  private lastAsked = Infinity;

  constructor(
    private window: number,
    private timeoutMs: number,
    /** Requests an expired holder may still have open … */
    private readonly inherited = 0,
    /** … until then (database's clock, ms). */
    private readonly inheritedUntil: number | null = null,
  ) {}

  get granted(): number {
    return this.window;
  }

  /** Most requests in flight now, under that cap. */
  limit(concurrency: number, now: number): number {
    return Math.max(0, Math.min(this.window, concurrency - this.inheritedAt(now)));
  }

  /** What to ask for at the next renewal. A larger window has to wait for what was inherited. */
  next(wanted: Wanted, now: number): { granted: number; timeoutMs: number } {
    const room = Math.max(0, wanted.concurrency - this.inheritedAt(now));
    return {
      granted: Math.max(wanted.inFlight, Math.min(room, HEADROOM * wanted.window)),
      timeoutMs: wanted.timeoutMs,
    };
  }

  /** The window has no room any more, and could have: not to wait for the next renewal. */
  isShort(wanted: Wanted, now: number): boolean {
    return wanted.window >= this.window && this.next(wanted, now).granted > this.window;
  }

  /** It is on its way to Postgres: less holds from now on, more only once it is there. */
  asked(next: { granted: number }): void {
    this.lastAsked = next.granted;
    this.window = Math.min(this.window, next.granted);
  }

  /** Postgres has it now. */
  renewed(next: { granted: number; timeoutMs: number }): void {
    this.window = Math.min(next.granted, this.lastAsked);
    this.timeoutMs = Math.max(this.timeoutMs, next.timeoutMs);
  }

  /** The profile with no longer attempts than granted. */
  timed(profile: EndpointProfile): EndpointProfile {
    return profile.timeoutMs <= this.timeoutMs ? profile : { ...profile, timeoutMs: this.timeoutMs };
  }

  private inheritedAt(now: number): number {
    return this.inheritedUntil !== null && now < this.inheritedUntil ? this.inherited : 0;
  }
}
