interface Waiting<Item, Answer> {
  item: Item;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

/**
 * Natural batching: what comes while a batch is away goes with the next one. Under light load an item waits for nothing but the next turn of
 * the event loop; under heavy load batches grow to `maxItems`, and the cost of a round trip is shared.
 */
export class Batcher<Item, Answer> {
  private waiting: Waiting<Item, Answer>[] = [];
  private running = 0;
  private scheduled = false;

  /** `flush` answers in the order of the items; when it fails, every item of the batch fails with its error. */
  constructor(
    private readonly flush: (items: Item[]) => Promise<Answer[]>,
    private readonly limits: { maxItems: number; maxConcurrent: number },
  ) {}

  add(item: Item): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled || this.running >= this.limits.maxConcurrent || this.waiting.length === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      void this.send();
      this.schedule();
    });
  }

  private async send(): Promise<void> {
    const batch = this.waiting.splice(0, this.limits.maxItems);
    if (batch.length === 0) return;
    this.running += 1;
    try {
      const answers = await this.flush(batch.map(({ item }) => item));
      batch.forEach(({ resolve, reject }, index) => {
        if (index < answers.length) resolve(answers[index] as Answer);
        else reject(new Error('A batch answered with fewer answers than items'));
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.running -= 1;
      this.schedule();
    }
  }
}
