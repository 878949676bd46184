import type { LaneSignal } from '../outcome.js';
import type { FlowSettings } from './flow-settings.js';
import type { RecentCounts } from './recent-counts.js';

/** Why it opened: nothing but losses, or no success whatever was answered. */
export type BreakerReason = 'failing' | 'rejecting';

/** A breaker that is, or was lately, open. Milliseconds. */
export interface StoredBreaker {
  reason: BreakerReason;
  /** When it opened first. */
  since: number;
  /** Until then nothing is sent; from then on one probe at a time. */
  until: number;
  /** How often it has opened in a row. */
  openings: number;
  /** Null: it is open. It is remembered for a while, so that one that flaps does not begin with the shortest time again. */
  closedAt: number | null;
}

export type BreakerChange = 'opened' | 'reopened' | 'closed';

/** Jitter only ever adds. */
const MAX_JITTER = 0.2;

/**
 * Stops sending to an endpoint that only fails. Closed → open after losses in a row, by their share, or (`rejecting`) when nothing succeeds
 * any more, since a removed app answers 404 for hours; open → half-open by time; half-open → closed or open again by the one probe.
 * A 429 never counts: who throttles is alive.
 */
export class Breaker {
  constructor(
    private readonly settings: FlowSettings,
    private readonly counts: RecentCounts,
    private state: StoredBreaker | null,
    private streak: number,
  ) {}

  get isClosed(): boolean {
    return this.state?.closedAt !== null;
  }

  /** Until when nothing is sent; null when it is closed. */
  get openUntil(): number | null {
    return this.state?.closedAt === null ? this.state.until : null;
  }

  get reason(): BreakerReason | null {
    return this.state?.closedAt === null ? this.state.reason : null;
  }

  /** Losses in a row. */
  get lossStreak(): number {
    return this.streak;
  }

  /** An attempt ended that was made while it was closed. `jitter` in [0, 1). */
  observe(signal: LaneSignal, now: number, jitter: number): BreakerChange | null {
    if (!counts(signal)) return null;
    this.count(signal, now);
    if (!this.isClosed) return null;
    const reason = this.verdict(now);
    if (reason === null) return null;
    this.open(reason, now, jitter);
    return 'opened';
  }

  /** The probe ended. Throttled, it showed nothing: the next one comes after the pause. */
  probed(signal: LaneSignal, now: number, jitter: number): BreakerChange | null {
    if (!counts(signal) || !this.state) return null;
    this.count(signal, now);
    const works = signal === 'success' || (signal === 'alive' && this.state.reason === 'failing');
    if (works) this.close(now);
    else this.open(this.state.reason, now, jitter);
    return works ? 'closed' : 'reopened';
  }

  /** The next request is a probe, at once. */
  probeNow(now: number): void {
    if (this.state?.closedAt === null) this.state = { ...this.state, until: Math.min(this.state.until, now) };
  }

  /** As if nothing had been: the endpoint is another one now. */
  reset(): void {
    this.state = null;
    this.streak = 0;
    this.counts.restart();
  }

  stored(now: number): StoredBreaker | null {
    return this.state === null || this.isForgotten(now) ? null : this.state;
  }

  private count(signal: LaneSignal, now: number): void {
    this.counts.add('attempts', now);
    if (signal === 'success') this.counts.succeeded();
    else this.counts.add('fruitless', now);
    if (isLoss(signal)) this.counts.add('losses', now);
    this.streak = isLoss(signal) ? this.streak + 1 : 0;
  }

  private verdict(now: number): BreakerReason | null {
    const { lossesInARow, ratioAttempts, lossPercent, rejectingAttempts } = this.settings;
    if (this.streak >= lossesInARow) return 'failing';
    const { attempts, losses, fruitless } = this.counts.counted(now);
    if (attempts >= ratioAttempts && losses * 100 >= attempts * lossPercent) return 'failing';
    return fruitless >= rejectingAttempts ? 'rejecting' : null;
  }

  private open(reason: BreakerReason, now: number, jitter: number): void {
    const before = this.state !== null && !this.isForgotten(now) ? this.state : null;
    const openings = (before?.openings ?? 0) + 1;
    const { openMs, openAtMostMs } = this.settings;
    const exact = Math.min(openMs * 2 ** (openings - 1), openAtMostMs);
    const since = before?.closedAt === null ? before.since : now;
    this.state = { reason, since, until: now + exact * (1 + MAX_JITTER * jitter), openings, closedAt: null };
  }

  private close(now: number): void {
    if (this.state) this.state = { ...this.state, closedAt: now };
    this.streak = 0;
    this.counts.restart();
  }

  private isForgotten(now: number): boolean {
    const closedAt = this.state?.closedAt ?? null;
    return closedAt !== null && now - closedAt >= this.settings.countedMs;
  }
}

/** 429 never counts; a test, a 410 and what was not sent do not come here. */
function counts(signal: LaneSignal): boolean {
  return signal !== 'throttled' && signal !== 'gone';
}

function isLoss(signal: LaneSignal): boolean {
  return signal === 'loss' || signal === 'soft_loss' || signal === 'throttled_loss';
}
