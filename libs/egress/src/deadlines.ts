/** Something that must end in time. */
export interface Expiring {
  onDeadline(): void;
  /** Where it waits; belongs to the `Deadlines` it was added to. */
  deadlineTick: number;
}

const TICK_MS = 20;
/** A sweep this late means that the process stood still: stopped, starved, or collecting its garbage. */
const STALLED_TICKS = 10;
const SLOTS = 2048; // 41 s a turn: longer than an attempt may take, so an entry is rarely looked at before its turn

/**
 * Thousands of deadlines behind one timer. A timer object for each attempt would cost more than the rest of its bookkeeping;
 * here, adding and removing is one operation on a set. Deadlines are met up to one tick (20 ms) late, never early. After a stall of the
 * process sockets are read first: an answer that came in time lies in them, and taking it for a time-out would send the same once more.
 */
export class Deadlines {
  readonly #monotonic: () => number;
  readonly #slots: Set<Expiring>[] = Array.from({ length: SLOTS }, () => new Set<Expiring>());
  #timer: NodeJS.Timeout | null = null;
  #afterReading: NodeJS.Immediate | null = null;
  #lastTick = 0;
  #waiting = 0;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  add(entry: Expiring, afterMs: number): void {
    const now = this.#monotonic();
    if (this.#timer === null) {
      this.#lastTick = Math.floor(now / TICK_MS);
      this.#timer = setInterval(() => {
        this.#sweepOrRead();
      }, TICK_MS);
      this.#timer.unref(); // what is waited for has a socket that keeps the process alive
    }
    entry.deadlineTick = Math.max(Math.ceil((now + afterMs) / TICK_MS), this.#lastTick + 1);
    this.#slot(entry.deadlineTick).add(entry);
    this.#waiting += 1;
  }

  /** Harmless when the deadline has passed already. */
  remove(entry: Expiring): void {
    if (this.#slot(entry.deadlineTick).delete(entry)) this.#waiting -= 1;
  }

  /** Stops the timer at once instead of at the next tick. */
  close(): void {
    this.#stop();
  }

  #slot(tick: number): Set<Expiring> {
    const slot = this.#slots[tick % SLOTS];
    if (slot === undefined) throw new RangeError(`there is no tick ${String(tick)}`);
    return slot;
  }

  #sweepOrRead(): void {
    if (Math.floor(this.#monotonic() / TICK_MS) - this.#lastTick < STALLED_TICKS) {
      this.#sweep();
      return;
    }
    // Immediates run after sockets were read, timers before.
    this.#afterReading ??= setImmediate(() => {
      this.#afterReading = null;
      this.#sweep();
    });
  }

  #sweep(): void {
    const nowTick = Math.floor(this.#monotonic() / TICK_MS);
    // After a stall of the process, one turn covers every slot.
    let tick = Math.max(this.#lastTick + 1, nowTick - SLOTS + 1);
    this.#lastTick = nowTick;
    for (; tick <= nowTick; tick++) {
      const slot = this.#slot(tick);
      for (const entry of slot) {
        if (entry.deadlineTick > nowTick) continue; // a later turn's
        slot.delete(entry);
        this.#waiting -= 1;
        entry.onDeadline();
      }
    }
    if (this.#waiting === 0) this.#stop();
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    if (this.#afterReading !== null) clearImmediate(this.#afterReading);
    this.#timer = null;
    this.#afterReading = null;
  }
}
