import type { InFlightBudget } from '../share-process/in-flight-budget.js';
import type { Drained } from './drained.js';
import type { LaneGate, Pass } from './lane-gate.js';
import type { Outbox } from './outbox.js';
import { Ramp } from './ramp.js';
import type { Sharer } from '../share-process/share-line.js';
import type { TargetCap } from '../share-process/target-cap.js';
import { TargetRoom } from './target-room.js';

/** What a lane's requests share with those of all lanes of the process. */
export interface Room {
  inFlight: InFlightBudget;
  targets: TargetCap;
}

/** Begins a lane's requests one by one, for as long as gate, order, the process's sockets and the cap of its target allow. */
export class BeginRequests {
  /** All sockets are in use, or the lane has its share of them. */
  private noRoom = false;
  private readonly ramp = new Ramp();
  private readonly target: TargetRoom;
  /** How often the head of a `fifo` lane had to be sent again: what a claim brought meanwhile comes too early. */
  heads = 0;

  constructor(
    private readonly owner: Sharer,
    private readonly gate: LaneGate,
    private readonly outbox: Outbox,
    private readonly drained: Drained,
    private readonly room: Room,
    private readonly onRoom: () => void,
  ) {
    const { tenantId } = owner;
    this.target = new TargetRoom(room.targets, { tenantId, target: () => gate.profile.target }, onRoom);
  }

  /** Whether the next one may begin now. */
  may(): boolean {
    const next = this.outbox.peek();
    if (!next || this.noRoom || this.target.waits) return false;
    if (next.side === 'replayed' && !this.drained.letsReplay) return false;
    // In order means that nothing is sent before it is known that what came before it is settled.
    if (this.gate.profile.ordering === 'fifo' && this.outbox.unsettled > 0) return false;
    if (this.outbox.inFlight >= this.ramp.limit(this.gate.now())) return false;
    return this.gate.mayBegin(next.delivery, this.outbox.inFlight, this.outbox.unwritten);
  }

  /** Its target has as much in flight as it may: nothing begins before it is this lane's turn. */
  get waitsForTarget(): boolean {
    return this.target.waits;
  }

  /** When more may begin without an answer, milliseconds; null: time changes nothing. */
  get opensAt(): number | null {
    return this.outbox.buffered > 0 ? this.ramp.endsAt : null;
  }

  /** The receiver has answered one. */
  answered(): void {
    this.ramp.answered();
  }

  /** Begins it; false: nothing was to be begun. */
  next(): boolean {
    if (!this.may() || !this.hasRoom()) return false;
    const next = this.outbox.peek();
    const ready = next && this.outbox.take(next.side);
    if (!ready) return false;
    this.room.inFlight.begin(this.owner);
    this.ramp.began(this.gate.now());
    const profile = this.gate.grant.timed(this.gate.profile);
    const pass = this.gate.begin(ready.delivery, this.outbox.inFlight + 1);
    const permit = this.target.begin();
    this.outbox.begin({ ready, side: next.side, profile, epoch: this.gate.lease.epoch, pass, permit });
    return true;
  }

  /** No byte of it was written. */
  withdrawn(pass: Pass): void {
    this.gate.withdraw(pass);
    this.keepOrder();
  }

  /** A head is to be sent again: what waits behind it goes back. */
  keepOrder(): void {
    if (this.gate.profile.ordering !== 'fifo') return;
    this.heads += 1;
    this.outbox.drop();
  }

  /** Keeps no room that it cannot use now: the next at the target may. With nothing but a slot missing, it can. */
  rest(): void {
    if (this.outbox.buffered === 0) this.target.leave();
    else if (!this.may()) this.target.pass();
  }

  /** Begins nothing more. */
  end(): void {
    this.target.leave();
    this.room.inFlight.forget(this.owner);
  }

  /** Sockets first: whoever waits for one keeps no room at the target meanwhile. */
  private hasRoom(): boolean {
    if (this.room.inFlight.mayBegin(this.owner)) return this.target.enter();
    this.noRoom = true;
    this.room.inFlight.whenRoom(this.owner, () => {
      this.noRoom = false;
      this.onRoom();
    });
    return false;
  }
}
