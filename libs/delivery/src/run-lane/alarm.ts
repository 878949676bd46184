/** One short timer: of several times that are wanted the earliest. */
export class Alarm {
  private timer: NodeJS.Timeout | null = null;
  private ringsAt = Infinity;

  constructor(private readonly ring: () => void) {}

  /** Rings at that time, unless it rings earlier. Milliseconds of the same clock; `now` may have passed it. */
  set(at: number, now: number): void {
    if (at >= this.ringsAt) return;
    this.clear();
    this.ringsAt = at;
    this.timer = setTimeout(
      () => {
        this.clear();
        this.ring();
      },
      Math.max(1, at - now),
    );
  }

  clear(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.ringsAt = Infinity;
  }
}
