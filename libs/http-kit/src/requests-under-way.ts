import { ProblemError } from '#core';

export interface RequestLimits {
  maxRequests: number;
  maxBodyBytes: number;
}

/**
 * What a process has taken on and not yet answered, so that it never grows without bound: not while Postgres is away, and not when more comes
 * than it can take. A request beyond it costs next to nothing: it is refused before its key is looked up and before its body is read.
 */
export class RequestsUnderWay {
  private requests = 0;
  private bytes = 0;

  constructor(private readonly limits: RequestLimits) {}

  /** Counts a request until the returned function is called. Throws `overloaded` when it does not fit. */
  enter(bodyBytes: number): () => void {
    if (this.requests >= this.limits.maxRequests || this.bytes + bodyBytes > this.limits.maxBodyBytes)
      throw new ProblemError('overloaded', { detail: 'too many requests are under way', retryAfterSeconds: 1 });
    this.requests += 1;
    this.bytes += bodyBytes;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.requests -= 1;
      this.bytes -= bodyBytes;
    };
  }
}
