import { ShareLine } from './share-line.js';
import type { Sharer } from './share-line.js';

/**
 * Bounds the bytes of payloads in memory, in shares: receivers that hang keep their bytes for as long as their attempts last, and must leave
 * enough for the others. One payload larger than the whole budget passes when nothing else is held.
 */
export class PayloadBudget {
  private readonly line: ShareLine;

  constructor(limit: number) {
    this.line = new ShareLine(limit);
  }

  /** Takes as many of the pieces, from the first on, as may be held now; waits (and says so) until it is at least one. Answers how many. */
  async take(pieces: readonly number[], of: Sharer, onWait: () => void = () => undefined): Promise<number> {
    const [first] = pieces;
    if (first === undefined) return 0;
    if (this.line.mayTake(of, first)) return this.takeFitting(pieces, of);
    onWait();
    return new Promise<number>((resolve) => {
      this.line.wait({}, of, first, () => {
        resolve(this.takeFitting(pieces, of));
      });
    });
  }

  giveBack(bytes: number, of: Sharer): void {
    this.line.giveBack(of, bytes);
  }

  get bytesHeld(): number {
    return this.line.used;
  }

  private takeFitting(pieces: readonly number[], of: Sharer): number {
    const tooMuch = pieces.findIndex((bytes) => {
      const may = this.line.mayTake(of, bytes);
      if (may) this.line.take(of, bytes);
      return !may;
    });
    return tooMuch === -1 ? pieces.length : tooMuch;
  }
}
