import { performance } from 'node:perf_hooks';

/** How busy this process's event loop is. */
export class EventLoopLoad {
  private last = performance.eventLoopUtilization();

  /** The part of the time since the last call in which it worked and did not wait, 0 to 1. */
  sinceLast(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.last);
    this.last = now;
    // Nothing has passed.
    return Number.isNaN(utilization) ? 0 : utilization;
  }
}
