import { TargetPermit } from '#core';
import type { TargetKeys } from '#core';
import type { TargetCap, TargetVisitor } from '../share-process/target-cap.js';

/** The target of a lane's requests, as its endpoint is now. */
export interface TargetOwner {
  readonly tenantId: string;
  target(): TargetKeys;
}

/**
 * One lane's room at its target: for the request that is to be begun next. A lane waits once, with nothing begun, and remembers at which address its
 * last request was, so that it waits for that too before it begins the next.
 */
export class TargetRoom implements TargetVisitor {
  keys: readonly string[] = [];
  private state: 'none' | 'waits' | 'has' = 'none';
  /** What was asked for: the endpoint may have a new URL since. */
  private asked: TargetKeys;
  private lastAddress: string | null = null;

  constructor(
    private readonly cap: TargetCap,
    private readonly owner: TargetOwner,
    private readonly whenRoom: () => void,
  ) {
    this.asked = owner.target();
  }

  get tenantId(): string {
    return this.owner.tenantId;
  }

  get waits(): boolean {
    return this.state === 'waits' && !this.isElsewhere;
  }

  /** True: the next request may begin. False: it hears when it may. */
  enter(): boolean {
    if (this.isElsewhere) this.moveOn();
    if (this.state === 'none') {
      const { domain, address } = this.asked;
      this.keys = [domain, address ?? this.lastAddress].filter((key) => key !== null);
      this.state = this.cap.ask(this) ? 'has' : 'waits';
    }
    return this.state === 'has';
  }

  /** The request begins, and takes the room along. */
  begin(): TargetPermit {
    this.state = 'none';
    const { domain } = this.asked;
    const address = this.keys[domain === null ? 0 : 1] ?? null;
    return new TargetPermit(this.cap, domain, address, this.remember);
  }

  onRoom(): void {
    this.state = 'has';
    this.whenRoom();
  }

  /** Nothing can be begun now: others get the room. A place in the line is kept. */
  pass(): void {
    if (this.state !== 'has') return;
    this.state = 'none';
    for (const key of this.keys) this.cap.giveBack(key);
  }

  /** It wants nothing more. */
  leave(): void {
    if (this.state === 'waits') this.cap.forget(this);
    else this.pass();
    this.state = 'none';
  }

  private get isElsewhere(): boolean {
    const { domain, address } = this.owner.target();
    return domain !== this.asked.domain || address !== this.asked.address;
  }

  private moveOn(): void {
    this.leave();
    this.asked = this.owner.target();
    this.lastAddress = null;
  }

  private readonly remember = (key: string): void => {
    this.lastAddress = key;
  };
}
