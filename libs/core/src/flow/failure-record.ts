import { DAY, HOUR } from '../units.js';

/** When an endpoint that only fails is disabled. */
export interface DisablingSettings {
  /** After the last success, creation, resume or new URL. */
  readonly disableAfterMs: number;
  readonly disableFailures: number;
  /** Between the first and the last of these failures. */
  readonly disableSpanMs: number;
}

export const DEFAULT_DISABLING: DisablingSettings = Object.freeze({
  disableAfterMs: 5 * DAY,
  disableFailures: 10,
  disableSpanMs: 12 * HOUR,
});

/** What an endpoint's failures amount to since it last worked. Milliseconds. */
export interface StoredFailures {
  lastSuccessAt: number | null;
  /** Failed attempts since; being throttled is none. */
  failures: number;
  firstFailureAt: number | null;
  lastFailureAt: number | null;
}

/**
 * Long failing: no success for five days, ten failures at least, twelve hours at least between the first and the last. It is judged when an
 * attempt fails, so one failure is always recent. Paused time cannot count: resuming begins anew.
 */
export class FailureRecord {
  private lastSuccessAt: number | null;
  private failures: number;
  private firstFailureAt: number | null;
  private lastFailureAt: number | null;

  constructor(stored: StoredFailures | null) {
    this.lastSuccessAt = stored?.lastSuccessAt ?? null;
    this.failures = stored?.failures ?? 0;
    this.firstFailureAt = stored?.firstFailureAt ?? null;
    this.lastFailureAt = stored?.lastFailureAt ?? null;
  }

  succeeded(now: number): void {
    this.lastSuccessAt = now;
    this.restart();
  }

  failed(now: number): void {
    this.failures += 1;
    this.firstFailureAt ??= now;
    this.lastFailureAt = now;
  }

  /** Resumed, or at another address. */
  restart(): void {
    this.failures = 0;
    this.firstFailureAt = null;
    this.lastFailureAt = null;
  }

  stored(): StoredFailures | null {
    const { lastSuccessAt, failures, firstFailureAt, lastFailureAt } = this;
    return lastSuccessAt === null && failures === 0 ? null : { lastSuccessAt, failures, firstFailureAt, lastFailureAt };
  }
}

/** From when on the next failure disables the endpoint; null while there are too few. `startedAt`: creation, resume or new URL. */
export function disablesAt(
  record: StoredFailures | null,
  startedAt: number,
  settings: DisablingSettings,
): number | null {
  const firstFailureAt = record?.firstFailureAt ?? null;
  if (record === null || firstFailureAt === null || record.failures < settings.disableFailures) return null;
  const worked = Math.max(record.lastSuccessAt ?? startedAt, startedAt);
  return Math.max(worked + settings.disableAfterMs, firstFailureAt + settings.disableSpanMs);
}
