import { now } from './settings.js';
import type { FaultWindow } from './workload/logs.js';

const LOOKS_EVERY_MS = 100;
/** Shorter ones cost no request its time-out. */
const NOTED_FROM_MS = 1_000;

/**
 * When this process itself stood still (the machine was busy elsewhere, or a large heap was swept): receivers and lines live in it, so what it had
 * answered reached nobody meanwhile, and dispatchers' requests timed out.
 */
export class Standstills {
  readonly windows: FaultWindow[] = [];
  private readonly timer: NodeJS.Timeout;
  private last = now();

  constructor() {
    this.timer = setInterval(() => {
      const at = now();
      if (at - this.last > NOTED_FROM_MS) this.note(this.last, at);
      this.last = at;
    }, LOOKS_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private note(from: number, until: number): void {
    this.windows.push({ kind: 'the harness stood still', on: 'harness', from, until, effect: 'deaf', endpoints: null });
  }
}
