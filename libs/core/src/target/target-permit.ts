import { addressKey } from './target-keys.js';

/** Where a permit takes its room from. */
export interface TargetRooms {
  /** Whether one more may go there without overtaking anybody. */
  mayTake(key: string): boolean;
  take(key: string): void;
  giveBack(key: string): void;
}

/**
 * One request's room at its target, from before it begins until it is over: under the domain all the time, under addresses as they become known.
 * While it connects it has room at each address it may end up at, as nobody knows which that will be. What comes after its end (a name
 * server's late answer) takes nothing more.
 */
export class TargetPermit {
  private addresses: string[];
  private over = false;

  /** `taken`: what it has room under already. `onAddress` hears where the request goes, or would have gone. */
  constructor(
    private readonly rooms: TargetRooms,
    private readonly domain: string | null,
    taken: string | null,
    private readonly onAddress: (key: string) => void,
  ) {
    this.addresses = taken === null ? [] : [taken];
  }

  /** Those of a name's addresses that have room. None: nothing is to be connected to. */
  mayConnect(addresses: readonly string[]): string[] {
    const keys = addresses.map(addressKey);
    const open = addresses.filter((_, n) => this.admit(keys[n] ?? ''));
    this.keepOnly(keys);
    const [first] = keys;
    if (open.length === 0 && first !== undefined) this.onAddress(first);
    return open;
  }

  /** It is connected there, by `addressKey`, and would write now. */
  mayStart(key: string): boolean {
    const may = this.admit(key);
    if (may) this.keepOnly([key]);
    this.onAddress(key);
    return may;
  }

  /** The request is over, however it ended. */
  end(): void {
    if (this.over) return;
    this.over = true;
    this.keepOnly([]);
    if (this.domain !== null) this.rooms.giveBack(this.domain);
  }

  private admit(key: string): boolean {
    if (this.over) return false;
    if (this.addresses.includes(key)) return true;
    if (!this.rooms.mayTake(key)) return false;
    this.rooms.take(key);
    this.addresses.push(key);
    return true;
  }

  private keepOnly(keys: readonly string[]): void {
    const left = this.addresses.filter((key) => !keys.includes(key));
    if (left.length === 0) return;
    this.addresses = this.addresses.filter((key) => keys.includes(key));
    for (const key of left) this.rooms.giveBack(key);
  }
}
