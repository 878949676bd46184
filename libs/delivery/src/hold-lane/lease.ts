/**
 * The right to send for one lane, as this process knows it: by a clock that never jumps, and counted from *before* the statement that gave or
 * prolonged it was sent, so that the fence is always up before another process can take the lane.
 */
export class Lease {
  private until: number;
  /** When the endpoint's version was last known to be the one in use. */
  private confirmedAt: number;
  private lost = false;

  /** Times in monotonic milliseconds; `sentAt`: before the acquiring statement was sent. */
  constructor(
    readonly epoch: number,
    sentAt: number,
    private readonly leaseMs: number,
    private readonly confirmedForMs: number,
  ) {
    this.until = sentAt + leaseMs;
    this.confirmedAt = sentAt;
  }

  /** Whether a request may be written now: the lease holds, and the endpoint was looked at less than a second ago. */
  maySend(now: number): boolean {
    return !this.lost && now < this.until && now - this.confirmedAt < this.confirmedForMs;
  }

  /** Whether it is time to renew: a good third is gone. */
  wantsRenewal(now: number): boolean {
    return !this.lost && this.until - now < this.leaseMs * 0.65;
  }

  get isLost(): boolean {
    return this.lost;
  }

  renewed(sentAt: number): void {
    this.until = Math.max(this.until, sentAt + this.leaseMs);
  }

  confirmed(sentAt: number): void {
    this.confirmedAt = Math.max(this.confirmedAt, sentAt);
  }

  lose(): void {
    this.lost = true;
  }
}
