/** Bounds the bytes of payloads in memory. First come, first served; one payload larger than the whole budget passes when nothing else is held. */
export class PayloadBudget {
  private used = 0;
  private readonly waiting: { bytes: number; resolve(): void }[] = [];

  constructor(private readonly limit: number) {}

  async take(bytes: number): Promise<void> {
    if (this.waiting.length === 0 && this.fits(bytes)) {
      this.used += bytes;
      return;
    }
    await new Promise<void>((resolve) => this.waiting.push({ bytes, resolve }));
  }

  giveBack(bytes: number): void {
    this.used -= bytes;
    for (let next = this.waiting[0]; next && this.fits(next.bytes); next = this.waiting[0]) {
      this.waiting.shift();
      this.used += next.bytes;
      next.resolve();
    }
  }

  get bytesHeld(): number {
    return this.used;
  }

  private fits(bytes: number): boolean {
    return this.used === 0 || this.used + bytes <= this.limit;
  }
}
