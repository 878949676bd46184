/** Runs `work` again and again, `everyMs` after it last began, never twice at once. A failure is reported and the next round comes all the same. */
export class Periodic {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly everyMs: number,
    private readonly work: () => Promise<void>,
    private readonly onError: (error: Error) => void,
  ) {}

  start(): this {
    this.schedule(0);
    return this;
  }

  /** Resolves when a round under way is over. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.running;
  }

  private schedule(delay: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.round();
    }, delay);
  }

  private async round(): Promise<void> {
    const begun = performance.now();
    try {
      await this.work();
    } catch (error) {
      this.onError(error instanceof Error ? error : new Error(String(error)));
    }
    this.schedule(Math.max(1, this.everyMs - (performance.now() - begun)));
  }
}
