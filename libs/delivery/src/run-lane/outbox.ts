import { judgeOutcome } from '#core';
import type { Outcome, TargetPermit } from '#core';
import type { AttemptToSettle, ClaimedDelivery } from '#persistence';
import type { AttemptDelivery, Attempted } from '../attempt-delivery/attempt-delivery.js';
import type { EndpointProfile } from '../hold-lane/endpoint-profiles.js';
import type { LaneChange } from '../settle-attempts/lane-change.js';
import type { SettleDesk } from '../settle-attempts/settle-desk.js';
import { settlementOf } from '../settle-attempts/settlement.js';
import type { EventBodies, ReadyDelivery } from './event-bodies.js';
import type { LiveSide, Side } from './hands.js';
import type { InFlightBudget } from '../share-process/in-flight-budget.js';
import type { Pass } from './lane-gate.js';
import type { Sharer } from '../share-process/share-line.js';

export interface OutboxServices {
  bodies: EventBodies;
  attempts: AttemptDelivery;
  settlements: SettleDesk;
  inFlight: InFlightBudget;
}

/** What the lane does for its outbox, and hears from it. */
export interface OutboxOwner {
  /** The lane's time, milliseconds on the database's clock. */
  now(): number;
  /** Asked right before the first byte. */
  mayWrite(pass: Pass): boolean;
  /** The receiver has answered, or failed to: what it changes of the lane. */
  answered(row: AttemptToSettle, outcome: Outcome, pass: Pass): LaneChange | null;
  /** Its settlement is committed. `overtaken`: somebody else had settled the delivery before. */
  settled(row: AttemptToSettle, change: LaneChange | null, overtaken: boolean): void;
  /** It is not sent (now), and out of our hands: the next claim may bring it again. */
  putBack(id: string): void;
  /** No byte was written. */
  withdrawn(pass: Pass): void;
  /** The request could not be made, or its settlement was refused: our own fault. */
  failed(error: unknown, change: LaneChange | null): void;
  /** Something ended: there may be room. */
  moved(): void;
}

/** A request as it begins. */
export interface Beginning {
  ready: ReadyDelivery;
  side: Side;
  profile: EndpointProfile;
  epoch: number;
  pass: Pass;
  /** Its room at its target: given back when it is over. */
  permit: TargetPermit;
}

const SIDES: readonly Side[] = ['backlog', 'fresh', 'replayed'];

/** What was claimed and not yet sent, what is in flight, and what is answered and not yet committed. */
export class Outbox {
  private waiting: Record<Side, ReadyDelivery[]> = { backlog: [], fresh: [], replayed: [] };
  private readonly flying: Record<Side, number> = { backlog: 0, fresh: 0, replayed: 0 };
  private withoutByte = 0;
  private uncommitted = 0;
  private lastSide: LiveSide = 'fresh';

  constructor(
    private readonly services: OutboxServices,
    private readonly of: Sharer,
    private readonly owner: OutboxOwner,
  ) {}

  /** Claimed and not yet sent. */
  get buffered(): number {
    const { backlog, fresh, replayed } = this.waiting;
    return backlog.length + fresh.length + replayed.length;
  }

  bufferedBySide(): Record<Side, number> {
    const { backlog, fresh, replayed } = this.waiting;
    return { backlog: backlog.length, fresh: fresh.length, replayed: replayed.length };
  }

  /** Requests begun and not yet answered. */
  get inFlight(): number {
    return this.flying.backlog + this.flying.fresh + this.flying.replayed;
  }

  /** Of these, without a byte written: they wait for a connection. */
  get unwritten(): number {
    return this.withoutByte;
  }

  /** In flight, or answered and not yet committed. */
  get unsettled(): number {
    return this.uncommitted;
  }

  add(ready: readonly ReadyDelivery[], side: Side): void {
    this.waiting[side].push(...ready);
  }

  /**
   * The one to be sent next, and its side: backlog and fresh each have half of what is in flight while both have something to send, and what
   * replays made comes after them.
   */
  peek(): { side: Side; delivery: ClaimedDelivery } | null {
    const side = this.nextSide();
    const next = this.waiting[side][0];
    return next ? { side, delivery: next.delivery } : null;
  }

  /** Takes that one out. */
  take(side: Side): ReadyDelivery | undefined {
    if (side !== 'replayed') this.lastSide = side;
    return this.waiting[side].shift();
  }

  /** Sends it. */
  begin(beginning: Beginning): void {
    void this.send(beginning);
  }

  /** Puts back everything that was not sent, or what `picks` chooses of it. */
  drop(picks: (delivery: ClaimedDelivery) => boolean = () => true): void {
    const waiting = this.waiting;
    this.waiting = { backlog: [], fresh: [], replayed: [] };
    for (const side of SIDES) {
      for (const ready of waiting[side]) {
        if (picks(ready.delivery)) this.putBack(ready);
        else this.waiting[side].push(ready);
      }
    }
  }

  putBack({ delivery }: ReadyDelivery): void {
    this.services.bodies.giveBack(delivery, this.of);
    this.owner.putBack(delivery.id);
  }

  private nextSide(): Side {
    const { backlog, fresh } = this.waiting;
    if (backlog.length + fresh.length === 0) return 'replayed';
    if (fresh.length === 0) return 'backlog';
    if (backlog.length === 0) return 'fresh';
    if (this.flying.backlog !== this.flying.fresh) return this.flying.backlog < this.flying.fresh ? 'backlog' : 'fresh';
    return this.lastSide === 'fresh' ? 'backlog' : 'fresh';
  }

  private async send(beginning: Beginning): Promise<void> {
    const { delivery, event } = beginning.ready;
    this.uncommitted += 1;
    this.flying[beginning.side] += 1;
    const { permit } = beginning;
    const byte = this.firstByte(beginning);
    const mayConnect = (addresses: readonly string[]): readonly string[] => permit.mayConnect(addresses);
    let attempted: Attempted | null = null;
    let failure: unknown;
    try {
      attempted = await this.services.attempts.attempt(delivery, event, beginning.profile, {
        mayConnect,
        mayStart: byte.mayStart,
      });
    } catch (error) {
      failure = error;
    }
    byte.over();
    permit.end();
    this.flying[beginning.side] -= 1;
    this.services.inFlight.end(this.of);
    this.services.bodies.giveBack(delivery, this.of);
    if (!attempted) this.fail(beginning, failure);
    else if (attempted.result.kind === 'not_sent') this.withdraw(beginning);
    else await this.settle(beginning, attempted);
    this.owner.moved();
  }

  /** Counts a request as unwritten until its first byte may be written, or it is over. */
  private firstByte({ pass, permit }: Beginning): { mayStart: (addressKey: string) => boolean; over: () => void } {
    let unwritten = 1;
    this.withoutByte += 1;
    const over = (): void => {
      this.withoutByte -= unwritten;
      unwritten = 0;
    };
    // The rate limit's token goes last: it does not come back.
    const mayStart = (addressKey: string): boolean => {
      const may = permit.mayStart(addressKey) && (unwritten === 0 || this.owner.mayWrite(pass));
      if (may) over();
      return may;
    };
    return { mayStart, over };
  }

  private withdraw({ ready, pass }: Beginning): void {
    this.uncommitted -= 1;
    this.owner.putBack(ready.delivery.id);
    this.owner.withdrawn(pass);
  }

  private fail(beginning: Beginning, error: unknown): void {
    this.withdraw(beginning);
    this.owner.failed(error, null);
  }

  private async settle({ ready, profile, epoch, pass }: Beginning, attempted: Attempted): Promise<void> {
    const { result, url, signedAt, signature } = attempted;
    if (result.kind === 'not_sent') return;
    const now = this.owner.now();
    const outcome = judgeOutcome(result, now);
    const finished = { delivery: ready.delivery, profile, epoch, result, url, signedAt, signature };
    const row = settlementOf(finished, outcome, now, Math.random());
    const change = this.owner.answered(row, outcome, pass);
    // The window has room again: the next request need not wait for this one's commit.
    this.owner.moved();
    try {
      const overtaken = await this.services.settlements.settle(row, change);
      this.uncommitted -= 1;
      this.owner.settled(row, change, overtaken);
    } catch (error) {
      this.uncommitted -= 1;
      this.owner.putBack(row.deliveryId);
      this.owner.failed(error, change);
    }
  }
}
