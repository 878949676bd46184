import { isPassing } from '#persistence';
import type { AttemptToSettle } from '#persistence';
import { InvalidEndpoint } from '../hold-lane/endpoint-profiles.js';
import type { SlotUser } from '../share-process/lane-slots.js';
import { SlotHold } from '../share-process/slot-hold.js';
import type { LaneChange } from '../settle-attempts/lane-change.js';
import { Alarm } from './alarm.js';
import { BeginRequests } from './begin-requests.js';
import { Drained } from './drained.js';
import { LaneClaims } from './lane-claims.js';
import type { Claimed } from './lane-claims.js';
import type { LaneGate } from './lane-gate.js';
import type { LaneEnd, LaneServices } from './lane-services.js';
import { LoadClaimed } from './load-claimed.js';
import { Outbox } from './outbox.js';

/** Settlements not yet committed may pile up to this many windows before sending waits for them. */
const UNSETTLED_WINDOWS = 4;
const UNSETTLED_AT_LEAST = 100;
/** A lane that a fault of ours keeps from sending is looked at again after this; one that a moment's trouble with Postgres did, much sooner. */
const FAULT_PAUSE_MS = 30_000;
const PASSING_PAUSE_MS = 500;
/** How often a lane that has nothing more to claim, but requests in flight, looks for what fell due meanwhile. */
const LOOKS_EVERY_MS = 2_000;
/** A lane that waits longer than this for its next token is released meanwhile. */
const LINGERS_MS = 1_000;

/**
 * One lane in its holder's hands: claim ▸ send ▸ settle until nothing is due or nothing may be sent. In flight ≤ window, always. Whether it may
 * send is the gate's to say; a slot is the right to claim and begin. The lane has no timer but a short one for the rate limit: it moves when
 * something ends, when it is knocked, and with the process's tick. One that is paused, broken or drained is released and waits in Postgres.
 */
export class Lane implements SlotUser {
  private readonly claims: LaneClaims;
  private readonly outbox: Outbox;
  private readonly loads: LoadClaimed;
  private readonly requests: BeginRequests;
  private claiming = false;
  private readonly drained: Drained;
  private lookedAt = -Infinity;
  private knocks = 0;
  private stopping = false;
  private notBefore: number | null = null;
  private readonly slot: SlotHold;
  private stepping = false;
  private readonly alarm: Alarm;
  private end: LaneEnd | null = null;
  private resolveEnded!: (end: LaneEnd) => void;

  /** Does what can be done now: whatever ends, changes or is heard of comes here. */
  readonly pump = (): void => {
    if (this.end || this.stepping) return;
    this.stepping = true;
    if (this.gate.isMute) this.outbox.drop();
    else if (this.gate.isAsleep) this.outbox.drop((delivery) => delivery.trigger !== 'test');
    if (this.needsSlot()) this.slot.ask();
    if (this.slot.isHeld) {
      while (!this.stopping && this.requests.next());
      if (this.canClaim()) void this.claim();
    }
    this.requests.rest();
    this.stepping = false;
    this.rest();
  };

  /** Resolves when the lane has ended. */
  readonly ended = new Promise<LaneEnd>((resolve) => (this.resolveEnded = resolve));

  constructor(
    readonly endpointId: string,
    readonly gate: LaneGate,
    private readonly services: LaneServices,
  ) {
    this.alarm = new Alarm(this.pump);
    this.slot = new SlotHold(services.slots, this);
    this.drained = new Drained(() => services.clock.monotonic());
    this.claims = new LaneClaims(endpointId, services.claims, services.freshWithinMs, gate.now());
    this.outbox = new Outbox(services, gate.profile, {
      now: () => gate.now(),
      mayWrite: (pass) => gate.mayWrite(pass),
      answered: (row, outcome, pass) => {
        this.requests.answered();
        return gate.settle(row, outcome, pass, this.inFlight);
      },
      settled: (row, change, overtaken) => this.onSettled(row, change, overtaken),
      putBack: (id) => {
        this.drained.lookAgain();
        this.claims.putBack(id);
      },
      withdrawn: (pass) => this.requests.withdrawn(pass),
      failed: (error, change) => {
        if (change) gate.committed();
        this.fail(error);
      },
      moved: this.pump,
    });
    this.loads = new LoadClaimed(services, gate.profile, this.claims, this.outbox, () => {
      this.slot.leave();
    });
    this.requests = new BeginRequests(this, gate, this.outbox, this.drained, services, this.pump);
  }

  get tenantId(): string {
    return this.gate.profile.tenantId;
  }

  get isFailing(): boolean {
    return this.gate.flow.isFailing;
  }

  get version(): number {
    return this.gate.profile.version;
  }

  get inFlight(): number {
    return this.outbox.inFlight;
  }

  /** Begins, or looks again: somebody says that there is something to do. */
  knock(): void {
    this.knocks += 1;
    this.drained.lookAgain();
    this.pump();
  }

  /** A few times a second, after lease and version were looked at: what was fenced may go again, a drained lane looks for news. */
  tick(): void {
    this.gate.tick();
    if (this.drained.all && this.services.clock.monotonic() - this.lookedAt >= LOOKS_EVERY_MS) this.knock();
    else this.pump();
  }

  /** Resolves when the lane needs no slot (any more), or has ended. What is in flight may go on. */
  slotFree(): Promise<void> {
    return this.end ? Promise.resolve() : this.slot.left();
  }

  onSlot(): void {
    this.slot.got();
    this.pump();
  }

  onYield(): void {
    this.slot.yield();
    this.pump();
  }

  /** Claims and starts nothing more; ends when what is in flight is settled. */
  stop(): void {
    this.stopping = true;
    this.outbox.drop();
    this.pump();
  }

  /** Somebody else may hold the lane from now on. What is in flight is settled all the same: `delivered` counts at any epoch. */
  lose(): void {
    this.gate.lease.lose();
    this.outbox.drop();
    this.finish({ kind: 'lost' });
  }

  /** The endpoint's row has changed: what was claimed and not yet sent goes back, and everything is read anew. */
  async reload(version = Number.NaN): Promise<void> {
    this.outbox.drop();
    const askedAt = this.services.clock.monotonic();
    try {
      const profile = await this.services.profiles.get(this.endpointId, version);
      if (!profile) {
        this.lose();
        return;
      }
      this.gate.profile = profile;
      this.gate.lease.confirmed(askedAt);
      this.knock();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Whether there is anything to do that takes a slot. */
  private needsSlot(): boolean {
    return (!this.stopping && this.requests.may()) || this.canClaim();
  }

  private canClaim(): boolean {
    const { gate, outbox } = this;
    if (this.claiming || this.stopping || gate.fenced || gate.isMute || gate.most === 0) return false;
    if ((gate.tokenAt !== null && outbox.buffered > 0) || this.requests.waitsForTarget) return false;
    const window = Math.max(1, gate.window);
    return (
      this.drained.wantsMore(outbox.bufferedBySide(), window) &&
      outbox.unsettled < Math.max(UNSETTLED_AT_LEAST, UNSETTLED_WINDOWS * window)
    );
  }

  /** What is to be done when nothing more can be done now. */
  private rest(): void {
    if (this.end || this.claiming) return;
    const over = this.isOver();
    if (!over && this.gate.isShort(this.inFlight)) this.services.renewSoon(this.endpointId);
    this.restSlot(!over && this.gate.tokenAt === null && this.needsSlot());
    if (this.outbox.unsettled === 0 && (over || this.waitsLong())) this.finishDone();
    else this.setAlarm();
  }

  private waitsLong(): boolean {
    return (this.gate.tokenAt ?? 0) - this.gate.now() > LINGERS_MS;
  }

  private setAlarm(): void {
    const now = this.gate.now();
    for (const at of [this.gate.tokenAt, this.requests.opensAt]) if (at !== null && at > now) this.alarm.set(at, now);
  }

  /** Nothing more is to be sent; what is in flight goes on. */
  private isOver(): boolean {
    return this.stopping || this.gate.isMute || (this.drained.all && this.outbox.buffered === 0);
  }

  /** A lane that waits for its own answers keeps its slot until somebody else wants it; one that waits for anything else gives it up. */
  private restSlot(needs: boolean): void {
    const { slot } = this;
    const waitsForElse =
      this.isOver() || this.gate.most === 0 || this.gate.tokenAt !== null || this.requests.waitsForTarget;
    if (slot.isToBeLeft || (!needs && (slot.isNone || waitsForElse || this.inFlight === 0))) slot.leave();
    if (slot.isHeld) slot.tell(needs);
    else if (needs) slot.ask();
  }

  private async claim(): Promise<void> {
    this.claiming = true;
    const { knocks, gate } = this;
    const { heads } = this.requests;
    const askedAt = (this.lookedAt = this.services.clock.monotonic());
    try {
      const need = { ...gate.claimNeed(), buffered: this.outbox.bufferedBySide() };
      const claimed = await this.claims.claim(need, gate.now(), askedAt);
      if (claimed.held && claimed.version === this.version) {
        gate.lease.confirmed(askedAt);
        gate.flow.watermark = claimed.watermark;
        if (knocks === this.knocks && need.testsOnly === gate.isAsleep) this.drained.claimed(claimed, askedAt);
        else this.drained.lookAgain();
      }
      await this.use(claimed, heads);
    } catch (error) {
      this.fail(error);
    } finally {
      this.claims.done();
      this.claiming = false;
      this.pump();
    }
  }

  private async use(claimed: Claimed, heads: number): Promise<void> {
    if (this.end || this.stopping) return;
    if (claimed.version !== this.version) this.claims.leave(claimed);
    if (!claimed.held || claimed.version === null) this.lose();
    else if (claimed.version !== this.version) await this.reload(claimed.version);
    else await this.load(claimed, claimed.version, heads);
  }

  private async load({ taken }: Claimed, version: number, heads: number): Promise<void> {
    const lane = { endpointId: this.endpointId, epoch: this.gate.lease.epoch };
    const isWanted = (): boolean =>
      !this.end && !this.stopping && version === this.version && heads === this.requests.heads;
    for (const { side, deliveries } of taken)
      if (await this.loads.load(lane, deliveries, side, isWanted)) this.drained.lookAgain();
  }

  private onSettled(row: AttemptToSettle, change: LaneChange | null, overtaken: boolean): void {
    this.claims.settled(row.deliveryId);
    if (row.verdict === 'retry') this.requests.keepOrder();
    if (!change) return;
    this.gate.committed();
    // The head was cancelled while it was tried: the next one need not wait for it.
    if (overtaken) this.gate.flow.waitForHead(null);
    else if (change.disables) void this.reload();
  }

  /** Our own fault: what was not sent stays pending, and the lane rests. An endpoint that became invalid is opened anew at once, and judged. */
  private fail(error: unknown): void {
    this.services.onError(error instanceof Error ? error : new Error(String(error)));
    if (error instanceof InvalidEndpoint) this.services.profiles.forget(this.endpointId);
    else this.notBefore = this.gate.now() + (isPassing(error) ? PASSING_PAUSE_MS : FAULT_PAUSE_MS);
    this.stop();
  }

  private finishDone(): void {
    const nothingWaits = this.drained.all && this.outbox.buffered === 0;
    const until = Math.max(this.notBefore ?? -Infinity, this.gate.resumesAt(nothingWaits));
    this.outbox.drop();
    this.finish({ kind: 'done', notBefore: until > this.gate.now() ? until : null });
  }

  private finish(end: LaneEnd): void {
    if (this.end) return;
    this.end = end;
    this.alarm.clear();
    this.requests.end();
    this.slot.leave();
    this.resolveEnded(end);
  }
}
