/** Requests in flight, by what they are counted under. */
export class TargetCounts {
  private readonly held = new Map<string, number>();

  constructor(public limit: number) {}

  count(key: string): number {
    return this.held.get(key) ?? 0;
  }

  hasRoom(key: string): boolean {
    return this.count(key) < this.limit;
  }

  take(key: string): void {
    this.held.set(key, this.count(key) + 1);
  }

  giveBack(key: string): void {
    const left = this.count(key) - 1;
    if (left > 0) this.held.set(key, left);
    else this.held.delete(key);
  }

  /** Keys with something in flight. */
  get size(): number {
    return this.held.size;
  }
}
