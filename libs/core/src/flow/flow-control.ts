import type { Outcome } from '../outcome.js';
import { AdaptiveWindow } from './adaptive-window.js';
import type { StoredWindow } from './adaptive-window.js';
import { Breaker } from './breaker.js';
import type { BreakerReason, StoredBreaker } from './breaker.js';
import { FailureRecord } from './failure-record.js';
import type { StoredFailures } from './failure-record.js';
import type { FlowSettings } from './flow-settings.js';
import { RateLimit } from './rate-limit.js';
import { RecentCounts } from './recent-counts.js';
import type { StoredCounts } from './recent-counts.js';

/** Why a lane sends nothing before a time. */
export type PauseReason = 'retry_after' | 'breaker' | 'order';

/** A lane's flow state as it passes from holder to holder (`lanes.flow`). Absent = as in a lane nobody knows. Milliseconds on the database's clock. */
export interface StoredFlow {
  /** When it was written. */
  at: number;
  /** The last resume or new URL that it takes into account; one after that begins anew. */
  era?: number;
  window?: StoredWindow;
  lossStreak?: number;
  counts?: StoredCounts;
  breaker?: StoredBreaker;
  /** When the rate limit's next token is due. */
  nextToken?: number;
  retryAfter?: number;
  /** The head of a `fifo` lane waits for its retry until then. */
  order?: number;
  /** Deliveries due up to then are the backlog, later ones are fresh. */
  watermark?: number;
  failures?: StoredFailures;
  /** Requests in flight when it was written. */
  inFlight?: number;
}

/** What flow control must know of the endpoint. */
export interface FlowSubject {
  concurrency: number;
  ratePerSecond: number | null;
  /** When somebody resumed it last; milliseconds, null = never. */
  resumedAt: number | null;
  /** When it got its present URL; null = at its creation. */
  movedAt: number | null;
}

/** Goes with a request and comes back with its outcome. */
export interface FlowTicket {
  readonly number: number;
  readonly probe: boolean;
}

/** What an outcome changed that nobody may forget: it commits with the settlement. */
export interface FlowChange {
  /** A pause began or grew, or the breaker changed. */
  readonly mustPersist: boolean;
  /** The breaker opened for the first time, or closed. */
  readonly transition: 'failing' | 'recovered' | null;
}

/** A lane nobody knows. */
const UNKNOWN = {
  era: 0,
  window: null,
  lossStreak: 0,
  counts: null,
  breaker: null,
  nextToken: -Infinity,
  retryAfter: -Infinity,
  order: -Infinity,
  watermark: null,
  failures: null,
};

const NO_CHANGE: FlowChange = Object.freeze({ mustPersist: false, transition: null });

/**
 * The flow control of one lane: window, breaker, pauses and rate limit, as plain variables of its holder. Pure: time is passed in
 * (milliseconds on the database's clock), randomness too.
 */
export class FlowControl {
  private readonly window: AdaptiveWindow;
  private readonly counts: RecentCounts;
  private readonly breaker: Breaker;
  private readonly rate: RateLimit;
  private readonly failures: FailureRecord;
  private retryAfter: number;
  private order: number;
  private era: number;
  private probing = false;
  watermark: number | null;

  constructor(
    private readonly settings: FlowSettings,
    subject: FlowSubject,
    stored: StoredFlow | null,
    now: number,
  ) {
    const known = { ...UNKNOWN, ...stored };
    this.window = new AdaptiveWindow(settings.initialWindow, subject.concurrency, known.window);
    this.counts = new RecentCounts(settings.countedMs, now, known.counts);
    this.breaker = new Breaker(settings, this.counts, known.breaker, known.lossStreak);
    this.rate = new RateLimit(subject.ratePerSecond, known.nextToken);
    this.failures = new FailureRecord(known.failures);
    this.retryAfter = known.retryAfter;
    this.order = known.order;
    this.watermark = known.watermark;
    this.era = stored ? known.era : eraOf(subject);
    this.update(subject, now);
  }

  /** The endpoint as it is now: its limits, and whether it was resumed or moved since this state was written. */
  update(subject: FlowSubject, now: number): void {
    this.window.setCap(subject.concurrency);
    this.rate.setRate(subject.ratePerSecond);
    if ((subject.movedAt ?? 0) > this.era) this.moved();
    else if ((subject.resumedAt ?? 0) > this.era) this.resumed(now);
    this.era = Math.max(this.era, eraOf(subject));
  }

  /** Most requests in flight: one while the breaker probes. */
  get size(): number {
    return this.breaker.isClosed ? this.window.size : 1;
  }

  /** The endpoint fails now: its work counts as retries where slots are shared. */
  get isFailing(): boolean {
    return !this.breaker.isClosed || this.breaker.lossStreak > 0;
  }

  /** The pause that lasts longest: until when, and why. Null: none. The rate limit is no pause. */
  pause(now: number): { until: number; reason: PauseReason } | null {
    const opens = this.breaker.openUntil ?? -Infinity;
    const until = Math.max(this.retryAfter, opens, this.order);
    if (until <= now) return null;
    return { until, reason: until === this.retryAfter ? 'retry_after' : until === opens ? 'breaker' : 'order' };
  }

  /** Why the breaker is open, or was lately, and since when. */
  breakerState(now: number): { reason: BreakerReason | null; since: number } {
    const breaker = this.breaker.stored(now);
    return { reason: breaker?.reason ?? null, since: breaker?.closedAt ?? breaker?.since ?? now };
  }

  /** When the next request may begin, as far as time decides it; in the past = now. */
  notBefore(): number {
    return Math.max(this.retryAfter, this.breaker.openUntil ?? -Infinity, this.order, this.rate.availableAt());
  }

  /** Whether one more may begin. `unwritten` = begun and still without a connection: they will take their tokens first. */
  mayBegin(now: number, inFlight: number, unwritten: number): boolean {
    return (
      inFlight < this.size &&
      now >= this.notBefore() &&
      unwritten < this.rate.burst &&
      !(this.probing && !this.breaker.isClosed)
    );
  }

  /** Asked last, right before a request's first byte: takes its token. What waited for a connection meanwhile asks again. */
  mayWrite(now: number, ticket: FlowTicket): boolean {
    if (now < Math.max(this.retryAfter, this.order)) return false;
    const { openUntil } = this.breaker;
    if (openUntil !== null && (now < openUntil || !ticket.probe)) return false;
    return this.rate.take(now);
  }

  /** Whether a test may be written: breakers and limits do not hold it, a `Retry-After` does. */
  mayWriteTest(now: number): boolean {
    return now >= this.retryAfter;
  }

  /** A request begins; `inFlight` counts it too. */
  began(inFlight: number): FlowTicket {
    const probe = !this.breaker.isClosed;
    if (probe) this.probing = true;
    return { number: this.window.started(inFlight), probe };
  }

  /** Nothing was written. */
  withdrawn(ticket: FlowTicket): void {
    if (ticket.probe) this.probing = false;
  }

  /** An attempt ended. `jitter` in [0, 1). */
  ended(ticket: FlowTicket, outcome: Outcome, durationMs: number, now: number, jitter: number): FlowChange {
    if (ticket.probe) this.probing = false;
    if (outcome.delivery !== 'retry') this.counts.add('settled', now);
    this.record(outcome, now);
    this.resize(ticket, outcome, durationMs);
    const change = ticket.probe
      ? this.breaker.probed(outcome.lane, now, jitter)
      : this.breaker.observe(outcome.lane, now, jitter);
    if (change === 'opened') this.window.collapse();
    const paused = outcome.pause && this.pauseUntil(outcome.retryAfterUntil ?? -Infinity);
    if (change === null && !paused) return NO_CHANGE;
    const transition = change === 'opened' ? 'failing' : change === 'closed' ? 'recovered' : null;
    return { mustPersist: true, transition };
  }

  /** `fifo`: the head failed and is tried again then; nothing overtakes it. Null: there is no such head any more. */
  waitForHead(until: number | null): void {
    this.order = until ?? -Infinity;
  }

  get failureRecord(): StoredFailures | null {
    return this.failures.stored();
  }

  /** Null: everything is as in a lane nobody knows. */
  stored(now: number, inFlight: number): StoredFlow | null {
    const kept: Omit<StoredFlow, 'at'> = present({
      window: this.window.stored(this.settings.initialWindow),
      lossStreak: this.breaker.lossStreak || null,
      counts: this.counts.stored(now),
      breaker: this.breaker.stored(now),
      nextToken: this.rate.stored(now),
      retryAfter: this.retryAfter > now ? this.retryAfter : null,
      order: this.order > now ? this.order : null,
      watermark: this.watermark,
      failures: this.failures.stored(),
      inFlight: inFlight || null,
    });
    if (Object.keys(kept).length === 0) return null;
    return { at: now, ...(this.era > 0 ? { era: this.era } : {}), ...kept };
  }

  /** Somebody resumed it: pauses end, an open breaker probes at once. */
  private resumed(now: number): void {
    this.retryAfter = -Infinity;
    this.order = -Infinity;
    this.failures.restart();
    this.breaker.probeNow(now);
  }

  /** It is another receiver now. */
  private moved(): void {
    this.retryAfter = -Infinity;
    this.order = -Infinity;
    this.failures.restart();
    this.breaker.reset();
  }

  private record(outcome: Outcome, now: number): void {
    if (outcome.lane === 'success') this.failures.succeeded(now);
    else if (outcome.lane !== 'throttled') this.failures.failed(now);
  }

  /** A probe that fails says nothing of how much the receiver can take: up to where the window doubles afterwards stays what it was. */
  private resize(ticket: FlowTicket, { lane }: Outcome, durationMs: number): void {
    if (ticket.probe && lane !== 'success') return;
    if (lane === 'throttled' || lane === 'throttled_loss') this.window.throttled(ticket.number);
    else if (lane === 'loss') this.window.lost(ticket.number);
    else if (lane === 'success' && durationMs <= this.settings.slowSuccessMs) this.window.succeeded();
  }

  private pauseUntil(until: number): boolean {
    if (until <= this.retryAfter) return false;
    this.retryAfter = until;
    return true;
  }
}

const eraOf = ({ resumedAt, movedAt }: FlowSubject): number => Math.max(resumedAt ?? 0, movedAt ?? 0);

type Present<Fields> = { [Name in keyof Fields]?: NonNullable<Fields[Name]> };

function present<Fields extends object>(fields: Fields): Present<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as Present<Fields>;
}
