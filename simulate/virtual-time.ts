import { EventQueue } from './event-queue.js';

/** Time that passes only by what happens: days in a second. Milliseconds since its beginning. */
export class VirtualTime {
  private readonly agenda = new EventQueue<() => void>();
  private current = 0;

  get now(): number {
    return this.current;
  }

  at(time: number, act: () => void): void {
    this.agenda.push(Math.max(time, this.current), act);
  }

  /** Until then, or until nothing is left to happen. */
  run(until = Infinity): void {
    while (this.agenda.size > 0 && this.agenda.nextAt <= until) {
      this.current = this.agenda.nextAt;
      this.agenda.pop()?.();
    }
  }
}
