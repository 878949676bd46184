import type { ClaimAnswer, ClaimedDelivery } from '#persistence';
import type { ClaimDesk } from './claim-desk.js';
import { Hands } from './hands.js';
import type { LiveSide, Side } from './hands.js';
import { BacklogWatch } from './watermark.js';

/** What of the lane decides how much to claim. */
export interface ClaimNeed {
  epoch: number;
  testsOnly: boolean;
  /** So many are to be at hand of each side. */
  ahead: number;
  buffered: Readonly<Record<Side, number>>;
  watermark: number | null;
  fifo: boolean;
}

export interface Claimed {
  /** Null: the lane or its endpoint is gone. */
  version: number | null;
  held: boolean;
  /** Everything live that is due was brought … */
  allLive: boolean;
  /** … and everything that replays made. */
  allReplayed: boolean;
  taken: { side: Side; deliveries: ClaimedDelivery[] }[];
  /** The watermark from now on. */
  watermark: number | null;
}

/** Postgres' resolution, in milliseconds: fresh is what was due after the watermark, and a whole batch is due at one moment. */
const MICROSECOND = 0.001;
const LIVE_SIDES: readonly LiveSide[] = ['backlog', 'fresh'];

/** Claims of one lane: what is asked for, what is already in hand, and where backlog ends and fresh begins. */
export class LaneClaims {
  private readonly hands = new Hands();
  private readonly watch: BacklogWatch;

  constructor(
    private readonly endpointId: string,
    private readonly desk: ClaimDesk,
    freshWithinMs: number,
    now: number,
  ) {
    this.watch = new BacklogWatch(freshWithinMs, now);
  }

  /** Its settlement is committed. */
  settled(id: string): void {
    this.hands.settled(id);
    this.watch.settled();
  }

  putBack(id: string): void {
    this.hands.putBack(id);
  }

  /** What a claim brought is not wanted: the next one may bring it again. */
  leave({ taken }: Claimed): void {
    for (const { deliveries } of taken) for (const { id } of deliveries) this.hands.putBack(id);
  }

  /** Marks the end of a claim: what was settled meanwhile may be forgotten. */
  done(): void {
    this.hands.endClaim();
  }

  /** `done()` follows in any case. Throws the database's error. */
  async claim(need: ClaimNeed, now: number, monotonic: number): Promise<Claimed> {
    this.hands.beginClaim();
    const isSplit = need.watermark !== null && !need.testsOnly && !need.fifo;
    const sides: readonly LiveSide[] = isSplit ? LIVE_SIDES : ['backlog'];
    const requests = sides.map((side) => this.request(side, need, monotonic));
    const answers = await Promise.all(requests.map((request) => this.desk.claim(request)));
    const first = answers[0];
    if (!first?.held) return lost(first);
    const full = sides.map((_, n) => (answers[n]?.deliveries.length ?? 0) >= (requests[n]?.limit ?? 0));
    const watermark = await this.moveWatermark(need, answers, full, now);
    const taken: Claimed['taken'] = sides.map((side, n) => ({
      side,
      deliveries: this.hands.take(answers[n]?.deliveries ?? [], side),
    }));
    const allLive = !full.includes(true);
    // While more that is live waits, what replays made stays where it is.
    if (allLive) taken.push({ side: 'replayed', deliveries: this.hands.take(first.replays, 'replayed') });
    const allReplayed = first.replays.length < (requests[0]?.replays?.limit ?? 1);
    return { version: first.version, held: true, allLive, allReplayed, taken, watermark };
  }

  private request(side: LiveSide, need: ClaimNeed, monotonic: number): Parameters<ClaimDesk['claim']>[0] {
    const { watermark, ahead, buffered } = need;
    const known = this.hands.floor(side, monotonic);
    const floor = side === 'fresh' ? Math.max((watermark ?? 0) + MICROSECOND, known ?? 0) : known;
    const ceiling = side === 'backlog' && !need.testsOnly && !need.fifo ? watermark : null;
    const limit = this.limit(side, ahead - buffered[side]);
    const replays = side === 'backlog' ? this.replays(ahead - buffered.replayed, monotonic) : null;
    return {
      endpointId: this.endpointId,
      epoch: need.epoch,
      testsOnly: need.testsOnly,
      floor,
      ceiling,
      limit,
      replays,
    };
  }

  private replays(room: number, monotonic: number): { floor: number | null; limit: number } {
    return { floor: this.hands.floor('replayed', monotonic), limit: this.limit('replayed', room) };
  }

  /** What is in hand comes again with the claim. */
  private limit(side: Side, room: number): number {
    return Math.max(1, room) + this.hands.count(side);
  }

  /** Nothing of the backlog is left, or all that is due is in hand: one queue again. The (fresh) queue has grown too long: the mark jumps ahead. */
  private async moveWatermark(
    need: ClaimNeed,
    answers: readonly (ClaimAnswer | undefined)[],
    full: readonly boolean[],
    now: number,
  ): Promise<number | null> {
    const before = need.watermark;
    if (need.testsOnly) return before;
    const isGone = need.fifo || answers[0]?.deliveries.length === 0 || !full.includes(true);
    if (isGone) return before === null ? null : this.setWatermark(null);
    const oldest = full.at(-1) ? answers.at(-1)?.deliveries[0] : undefined;
    const boundary = oldest ? await this.freshFrom(oldest.nextAt, need.ahead, now) : null;
    return boundary !== null && isLater(boundary, before) ? this.setWatermark(boundary) : before;
  }

  /** Where the fresh part of too long a queue begins; null: it is not, or it was looked at just now. */
  private async freshFrom(oldestDueAt: number, atLeast: number, now: number): Promise<number | null> {
    const newer = this.watch.wanted(oldestDueAt, atLeast, now);
    return newer === null ? null : this.desk.freshBoundary(this.endpointId, newer);
  }

  private setWatermark(watermark: number | null): number | null {
    this.hands.split(watermark);
    return watermark;
  }
}

const lost = (answer: ClaimAnswer | undefined): Claimed => ({
  version: answer?.version ?? null,
  held: false,
  allLive: false,
  allReplayed: false,
  taken: [],
  watermark: null,
});

const isLater = (at: number, than: number | null): boolean => than === null || at > than;
