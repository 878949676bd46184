import { disablesAt, FlowControl } from '#core';
import type { DisablingSettings, FlowSettings, FlowTicket, Outcome, StoredFlow } from '#core';
import type { AttemptToSettle, ClaimedDelivery, LaneFlow } from '#persistence';
import type { EndpointProfile } from '../hold-lane/endpoint-profiles.js';
import type { Lease } from '../hold-lane/lease.js';
import type { LaneChange } from '../settle-attempts/lane-change.js';
import type { Grant, Wanted } from './grant.js';
import type { ClaimNeed } from './lane-claims.js';

/** So many are claimed of a lane that works, however small its window still is: a claim for each few costs more than it saves. */
const AHEAD_AT_LEAST = 16;

export interface GateServices {
  clock: { now(): number; monotonic(): number };
  flowSettings: FlowSettings;
  disabling: DisablingSettings;
}

/** Between two states of one lane whose times would be the same. */
const A_MOMENT_MS = 0.001;

/** Goes with a request from its beginning to its outcome. A test has no ticket: it counts for nothing. */
export interface Pass {
  readonly ticket: FlowTicket | null;
  /** A replay made it: whatever becomes of it, no live delivery waits for it. */
  readonly replayed: boolean;
}

/**
 * Everything that decides whether a lane may send: the lease, the grant, the endpoint's state and its flow control. Its time is the database's,
 * anchored at the monotonic clock and not corrected during a pause, so that no correction of a clock ends one early.
 */
export class LaneGate {
  readonly flow: FlowControl;
  private clockAhead: number;
  /** A 410 or long failing: nothing more is sent before the endpoint is read anew. */
  private ended = false;
  /** Changes on their way with a settlement: until it is committed nothing older or newer is written. */
  private uncommitted = 0;
  /** When the flow state was written last. The holder before may have had a clock that was ahead: what comes after it is newer all the same. */
  private writtenAt: number;
  /** A request was refused by lease or version: nothing starts until these were looked at. */
  fenced = false;

  constructor(
    readonly lease: Lease,
    readonly grant: Grant,
    private current: EndpointProfile,
    stored: StoredFlow | null,
    private readonly services: GateServices,
  ) {
    this.clockAhead = aheadOf(services.clock);
    this.writtenAt = stored?.at ?? 0;
    this.flow = new FlowControl(services.flowSettings, current, stored, this.now());
    if (current.ordering !== 'fifo') this.flow.waitForHead(null);
  }

  get profile(): EndpointProfile {
    return this.current;
  }

  set profile(profile: EndpointProfile) {
    // Its head may have been cancelled, or is to be tried now: a holder has no other sign of it. If it was not, it is tried earlier, and still first.
    if (profile.version !== this.current.version) this.flow.waitForHead(null);
    this.current = profile;
    this.ended = false;
    this.flow.update(profile, this.now());
  }

  /** A few times a second: clocks drift, and a busy lane is held for days. */
  tick(): void {
    this.fenced = false;
    if (this.flow.pause(this.now()) === null) this.clockAhead = aheadOf(this.services.clock);
  }

  now(): number {
    return this.services.clock.monotonic() + this.clockAhead;
  }

  /** Nothing but tests may be sent, for longer than a moment. */
  get isAsleep(): boolean {
    return this.ended || !this.profile.active || this.flow.pause(this.now()) !== null;
  }

  /** Nothing at all may be sent: the receiver said when to come back. */
  get isMute(): boolean {
    return !this.flow.mayWriteTest(this.now());
  }

  /** When a lane that is released now may go on: a pause, or the rate limit if something waits for it. Milliseconds; long ago = now. */
  resumesAt(nothingWaits: boolean): number {
    const token = nothingWaits ? null : this.tokenAt;
    return Math.max(this.flow.pause(this.now())?.until ?? -Infinity, token ?? -Infinity);
  }

  /** The window has grown past what was granted. */
  isShort(inFlight: number): boolean {
    return this.grant.isShort(this.wanted(inFlight), this.now());
  }

  /** When the rate limit lets the next one go; null = now. */
  get tokenAt(): number | null {
    const at = this.flow.notBefore();
    return at > this.now() && !this.isAsleep ? at : null;
  }

  /** Most requests in flight: cap, grant and what was inherited. */
  get most(): number {
    return this.grant.limit(this.profile.concurrency, this.now());
  }

  get window(): number {
    return Math.min(this.most, this.flow.size);
  }

  /** How many deliveries are to be at hand. */
  private get ahead(): number {
    return Math.max(2 * Math.max(1, this.window), this.flow.isFailing ? 0 : AHEAD_AT_LEAST);
  }

  claimNeed(): Omit<ClaimNeed, 'buffered'> {
    return {
      epoch: this.lease.epoch,
      testsOnly: this.isAsleep,
      ahead: this.ahead,
      watermark: this.flow.watermark,
      fifo: this.profile.ordering === 'fifo',
    };
  }

  wanted(inFlight: number): Wanted {
    const { concurrency, timeoutMs } = this.profile;
    return { concurrency, timeoutMs, window: this.flow.size, inFlight };
  }

  mayBegin(delivery: ClaimedDelivery, inFlight: number, unwritten: number): boolean {
    if (this.fenced || inFlight >= this.most) return false;
    return isTest(delivery) || this.flow.mayBegin(this.now(), inFlight, unwritten);
  }

  /** `inFlight` counts it too. */
  begin(delivery: ClaimedDelivery, inFlight: number): Pass {
    const ticket = isTest(delivery) ? null : this.flow.began(inFlight);
    return { ticket, replayed: delivery.trigger === 'replay' };
  }

  /** Asked last of all, right before the first byte. */
  mayWrite({ ticket }: Pass): boolean {
    if (!this.lease.maySend(this.services.clock.monotonic())) {
      this.fenced = true;
      return false;
    }
    const now = this.now();
    return ticket ? !this.isAsleep && this.flow.mayWrite(now, ticket) : this.flow.mayWriteTest(now);
  }

  withdraw({ ticket }: Pass): void {
    if (ticket) this.flow.withdrawn(ticket);
  }

  /** An attempt ended. Null: it changed nothing that must be committed with it. A `fifo` lane's retry waits here, not in its row. */
  settle(row: AttemptToSettle, outcome: Outcome, pass: Pass, inFlight: number): LaneChange | null {
    if (!pass.ticket) return null;
    const now = this.now();
    const { mustPersist, transition } = this.flow.ended(
      pass.ticket,
      outcome,
      row.record.durationMs,
      now,
      Math.random(),
    );
    const waits = !pass.replayed && this.waitsForHead(row);
    const disables = this.disables(outcome, now);
    if (!mustPersist && !waits && disables === null) return null;
    if (disables !== null) this.ended = true;
    this.uncommitted += 1;
    const { reason, since } = this.flow.breakerState(now);
    return { flow: this.snapshot(inFlight), transition, reason, since, disables };
  }

  /** That change is committed, or its settlement was refused. */
  committed(): void {
    this.uncommitted -= 1;
  }

  /** For a renewal or the release; null = what is stored stays. */
  storable(inFlight: number): LaneFlow | null {
    return this.uncommitted > 0 ? null : this.snapshot(inFlight);
  }

  private snapshot(inFlight: number): LaneFlow {
    const now = this.now();
    const pause = this.flow.pause(now);
    const flow = this.flow.stored(now, inFlight);
    this.writtenAt = Math.max(now, this.writtenAt + A_MOMENT_MS);
    return {
      at: this.writtenAt,
      flow: flow && { ...flow, at: this.writtenAt },
      pausedUntil: pause?.until ?? null,
      pauseReason: pause?.reason ?? null,
    };
  }

  private waitsForHead(row: AttemptToSettle): boolean {
    if (this.profile.ordering !== 'fifo' || row.verdict !== 'retry' || row.nextAt === null) return false;
    this.flow.waitForHead(row.nextAt);
    row.nextAt = null;
    return true;
  }

  private disables(outcome: Outcome, now: number): LaneChange['disables'] {
    if (outcome.lane === 'gone') return 'gone';
    if (outcome.lane === 'success' || outcome.lane === 'throttled') return null;
    const at = disablesAt(this.flow.failureRecord, this.profile.startedAt, this.services.disabling);
    return at !== null && at <= now ? 'failing' : null;
  }
}

const isTest = (delivery: ClaimedDelivery): boolean => delivery.trigger === 'test';

const aheadOf = (clock: GateServices['clock']): number => clock.now() - clock.monotonic();
