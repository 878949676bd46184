/** One short timer, set at most once at a time. */
export class Alarm {
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly ring: () => void) {}

  /** One that is set already stays as it is. */
  set(afterMs: number): void {
    this.timer ??= setTimeout(
      () => {
        this.timer = null;
        this.ring();
      },
      Math.max(1, afterMs),
    );
  }

  clear(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }
}
