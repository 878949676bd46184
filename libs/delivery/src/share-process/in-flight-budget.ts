import { ShareLine } from './share-line.js';
import type { Sharer } from './share-line.js';

/**
 * Attempts in flight over all lanes of the process: each may need a connection of its own, and lanes whose receivers hang must leave enough of
 * them for the others.
 */
export class InFlightBudget {
  private readonly line: ShareLine;

  /** `limit`: the most connections the process opens. */
  constructor(limit: number) {
    this.line = new ShareLine(limit);
  }

  get inFlight(): number {
    return this.line.used;
  }

  /** Lanes that wait for room. */
  get waiting(): number {
    return this.line.length;
  }

  mayBegin(of: Sharer): boolean {
    return this.line.mayTake(of, 1);
  }

  begin(of: Sharer): void {
    this.line.take(of, 1);
  }

  end(of: Sharer): void {
    this.line.giveBack(of, 1);
  }

  /**
   * Calls back once, never from inside this call, when the lane may begin: it begins from inside the callback or gives the room up to the next.
   * A lane waits once, however often it says so, with the callback it gave last. The callback must not throw.
   */
  whenRoom(of: Sharer, callback: () => void): void {
    this.line.wait(of.endpointId, of, 1, callback);
  }

  /** The lane waits no longer: call it before the endpoint's lane is opened anew. */
  forget(of: Sharer): void {
    this.line.forget(of.endpointId);
  }
}
