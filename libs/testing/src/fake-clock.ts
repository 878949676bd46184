import type { Clock } from '#core';

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  private wall: number;
  private elapsed = 0;

  constructor(startsAt: string | number = '2026-11-23T12:00:00.000Z') {
    this.wall = new Date(startsAt).getTime();
  }

  now(): number {
    return this.wall;
  }

  monotonic(): number {
    return this.elapsed;
  }

  /** Time passes: both clocks move. */
  advance(ms: number): void {
    this.wall += ms;
    this.elapsed += ms;
  }

  /** Time passes until this moment (ms since the epoch); never backwards. */
  advanceTo(at: number): void {
    this.advance(Math.max(0, at - this.wall));
  }

  /** Somebody sets the machine's clock: only the date jumps. */
  jump(ms: number): void {
    this.wall += ms;
  }
}
