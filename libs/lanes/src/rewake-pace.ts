/** A lane woken this recently is probably still being worked: waking it again costs a job and finds nothing new. */
const RECENTLY_MS = 100;
/** Wakes a second that may go to lanes woken recently; lanes that were not are never held back. */
const REWAKES_PER_SECOND = 1_000;
const BURST = 200;
/** Longest memory of who was woken; beyond it the oldest are forgotten, which costs a superfluous wake. */
const REMEMBERED = 50_000;

/**
 * Decides which wakes go now and which wait a moment. A lane that gets events all the time would else cost a job every few milliseconds
 * (about 135 µs of Node CPU each); with few wakes about, nobody waits at all.
 */
export class RewakePace {
  private readonly woken = new Map<string, number>();
  private tokens = BURST;
  private refilledAt = 0;

  /** Splits by monotonic time `now` (ms). What is not `go` is to be asked again later. */
  split(endpointIds: Iterable<string>, now: number): { go: string[]; later: string[] } {
    this.tokens = Math.min(BURST, this.tokens + ((now - this.refilledAt) * REWAKES_PER_SECOND) / 1_000);
    this.refilledAt = now;
    const go: string[] = [];
    const later: string[] = [];
    for (const endpointId of endpointIds) (this.mayGo(endpointId, now) ? go : later).push(endpointId);
    for (const endpointId of go) this.remember(endpointId, now);
    return { go, later };
  }

  private mayGo(endpointId: string, now: number): boolean {
    const last = this.woken.get(endpointId);
    if (last === undefined || now - last >= RECENTLY_MS) return true;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  private remember(endpointId: string, now: number): void {
    this.woken.delete(endpointId);
    this.woken.set(endpointId, now);
    for (const [oldest, at] of this.woken) {
      if (this.woken.size <= REMEMBERED && now - at < RECENTLY_MS) break;
      this.woken.delete(oldest);
    }
  }
}
