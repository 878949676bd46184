/** What was started and is to be stopped, the last first. */
export class ClosingStack {
  private readonly steps: (() => Promise<void>)[] = [];

  /** Remembers how to stop it, and hands it on. */
  add<Started extends { stop(): Promise<void> }>(started: Started): Started {
    this.steps.push(() => started.stop());
    return started;
  }

  /** One that cannot be stopped does not keep the others from it. */
  async close(): Promise<void> {
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      await step().catch((error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      });
    }
  }
}
