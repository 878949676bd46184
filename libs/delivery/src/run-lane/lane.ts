import { isPassing } from '#persistence';
import type { ClaimAnswer, ClaimedDelivery } from '#persistence';
import { InvalidEndpoint } from '../hold-lane/endpoint-profiles.js';
import type { EndpointProfile } from '../hold-lane/endpoint-profiles.js';
import type { Lease } from '../hold-lane/lease.js';
import type { Grant } from './grant.js';
import type { LaneEnd, LaneServices } from './lane-services.js';
import { Hands } from './hands.js';
import { Outbox } from './outbox.js';
import { Ramp } from './ramp.js';

/** Settlements not yet committed may pile up to this many windows before sending waits for them. */
const UNSETTLED_WINDOWS = 4;
const UNSETTLED_AT_LEAST = 100;
/** A lane that a fault of ours keeps from sending is looked at again after this; one that a moment's trouble with Postgres did, much sooner. */
const FAULT_PAUSE_MS = 30_000;
const PASSING_PAUSE_MS = 500;

/**
 * One lane in its holder's hands: claim ▸ send ▸ settle until nothing is due. In flight ≤ window, always; the window is the endpoint's cap,
 * and never more than what was granted in Postgres beforehand. What adapts it (flow control, breaker, pauses, order) has its place in
 * `window` and `maySend`. The lane has no timer: it moves when something ends, when it is knocked, and with the process's tick.
 */
export class Lane {
  private readonly hands = new Hands();
  private readonly outbox: Outbox;
  private readonly ramp = new Ramp();
  private claiming = false;
  /** The last claim brought everything that is due. */
  private drained = false;
  private knocks = 0;
  /** A request was fenced: nothing starts until the tick has looked at lease and version. */
  private fenced = false;
  private stopping = false;
  private notBefore: number | null = null;
  private end: LaneEnd | null = null;
  private waitingForSlot: (() => void)[] = [];
  private resolveEnded!: (end: LaneEnd) => void;

  /** Resolves when the lane has ended. */
  readonly ended = new Promise<LaneEnd>((resolve) => (this.resolveEnded = resolve));

  constructor(
    readonly endpointId: string,
    readonly lease: Lease,
    readonly grant: Grant,
    private profile: EndpointProfile,
    private readonly services: LaneServices,
  ) {
    this.outbox = new Outbox(services, profile, {
      settled: (id) => {
        this.hands.settled(id);
      },
      putBack: (id) => {
        this.hands.putBack(id);
      },
      fenced: () => {
        this.fenced = true;
        this.drained = false;
      },
      failed: (error) => {
        this.fail(error);
      },
      answered: () => {
        this.ramp.answered();
      },
      moved: () => {
        this.pump();
      },
    });
  }

  get version(): number {
    return this.profile.version;
  }

  /** What the holder would use if Postgres grants it. */
  get wanted(): { concurrency: number; timeoutMs: number } {
    return this.profile;
  }

  get inFlight(): number {
    return this.outbox.inFlight;
  }

  /** Begins, or looks again: somebody says that there is something to do. */
  knock(): void {
    this.knocks += 1;
    this.drained = false;
    this.pump();
  }

  /** A few times a second, after lease and version were looked at: what was fenced may go again, a drained lane looks for news. */
  tick(): void {
    this.fenced = false;
    if (this.drained) this.knock();
    else this.pump();
  }

  /** Resolves when the lane needs its slot no longer: nothing is left to claim (what is in flight may go on), or it has ended. */
  slotFree(): Promise<void> {
    return this.end ? Promise.resolve() : new Promise((resolve) => this.waitingForSlot.push(resolve));
  }

  /** Claims and starts nothing more; ends when what is in flight is settled. */
  stop(): void {
    this.stopping = true;
    this.outbox.drop();
    this.pump();
  }

  /** Somebody else may hold the lane from now on. What is in flight is settled all the same: `delivered` counts at any epoch. */
  lose(): void {
    this.lease.lose();
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
      this.profile = profile;
      this.lease.confirmed(askedAt);
      this.knock();
    } catch (error) {
      this.fail(error);
    }
  }

  private window(): number {
    return Math.min(this.profile.concurrency, this.grant.granted);
  }

  private maySend(): boolean {
    return this.lease.maySend(this.services.clock.monotonic());
  }

  private pump(): void {
    if (this.end) return;
    while (this.maySendMore()) {
      this.outbox.sendNext(this.grant.limit(this.profile), this.lease.epoch, () => this.maySend());
    }
    if (this.wantsMore()) void this.claim();
    if (this.claiming || this.outbox.buffered > 0) return;
    const over = this.drained || this.stopping;
    // A window of none: until an expired holder's requests have run out, others have more use for the slot.
    if (over || this.window() === 0) this.freeSlot();
    if (over && this.outbox.unsettled === 0) this.finish({ kind: 'done', notBefore: this.notBefore });
  }

  private maySendMore(): boolean {
    const { buffered, inFlight } = this.outbox;
    return !this.fenced && buffered > 0 && inFlight < Math.min(this.ramp.limit, this.window());
  }

  private wantsMore(): boolean {
    const window = this.window();
    if (this.claiming || this.drained || this.stopping || this.fenced || window === 0) return false;
    return (
      this.outbox.buffered < window && this.outbox.unsettled < Math.max(UNSETTLED_AT_LEAST, UNSETTLED_WINDOWS * window)
    );
  }

  private async claim(): Promise<void> {
    const { clock, claims } = this.services;
    this.claiming = true;
    const { knocks } = this;
    const askedAt = clock.monotonic();
    const floor = this.hands.beginClaim(askedAt);
    const limit = 2 * this.window() - this.outbox.buffered + this.hands.size;
    try {
      const request = {
        endpointId: this.endpointId,
        epoch: this.lease.epoch,
        floor,
        limit,
        testsOnly: !this.profile.active,
      };
      const answer = await claims.claim(request);
      if (answer?.held && answer.version === this.profile.version) {
        this.lease.confirmed(askedAt);
        this.drained = answer.deliveries.length < limit && knocks === this.knocks;
      }
      await this.use(answer);
    } catch (error) {
      this.fail(error);
    } finally {
      this.hands.endClaim();
      this.claiming = false;
      this.pump();
    }
  }

  private async use(answer: ClaimAnswer | undefined): Promise<void> {
    if (this.end || this.stopping) return;
    if (!answer?.held) this.lose();
    else if (answer.version !== this.profile.version) await this.reload(answer.version);
    else await this.load(this.hands.take(answer.deliveries), answer.version);
  }

  private async load(claimed: ClaimedDelivery[], version: number): Promise<void> {
    if (claimed.length === 0) return;
    const { ready, missing, left } = await this.services.bodies.load(claimed, this.profile).catch((error: unknown) => {
      for (const { id } of claimed) this.hands.putBack(id);
      throw error;
    });
    if (this.end || this.stopping || version !== this.profile.version) this.outbox.drop(ready);
    else this.outbox.add(ready);
    for (const { id } of left) this.hands.putBack(id);
    if (left.length > 0) this.drained = false;
    if (missing.length === 0) return;
    const ids = missing.map(({ id }) => id);
    await this.services.buryExpiredPayloads({ endpointId: this.endpointId, epoch: this.lease.epoch }, ids);
    for (const id of ids) this.hands.settled(id);
  }

  /** Our own fault: what was not sent stays pending, and the lane rests. An endpoint that became invalid is opened anew at once, and judged. */
  private fail(error: unknown): void {
    this.services.onError(error instanceof Error ? error : new Error(String(error)));
    if (error instanceof InvalidEndpoint) this.services.profiles.forget(this.endpointId);
    else this.notBefore = this.services.clock.now() + (isPassing(error) ? PASSING_PAUSE_MS : FAULT_PAUSE_MS);
    this.stop();
  }

  private freeSlot(): void {
    for (const resolve of this.waitingForSlot) resolve();
    this.waitingForSlot = [];
  }

  private finish(end: LaneEnd): void {
    if (this.end) return;
    this.end = end;
    this.freeSlot();
    this.resolveEnded(end);
  }
}
