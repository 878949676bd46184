/** What happened in the last minute, by tenths of it, the newest first. */
export interface StoredCounts {
  /** When the newest tenth began, ms. */
  since: number;
  attempts: number[];
  losses: number[];
  /** Attempts since the last success: one success and there are none. */
  fruitless: number[];
  /** Deliveries that came to an end: what the lane drains by. */
  settled: number[];
}

export interface Counted {
  attempts: number;
  losses: number;
  fruitless: number;
}

/** A window of counts has so many parts. */
export const PARTS = 10;
type Kind = Exclude<keyof StoredCounts, 'since'>;
const KINDS: readonly Kind[] = ['attempts', 'losses', 'fruitless', 'settled'];

/** Counts over a sliding window of time in ten parts: what is counted is between nine and ten of them. */
export class RecentCounts {
  private since: number;
  private readonly parts: Record<Kind, number[]>;

  constructor(
    private readonly windowMs: number,
    now: number,
    stored: StoredCounts | null,
  ) {
    this.since = stored?.since ?? now;
    // Not filled up with zeros: there is one of these for every lane that is opened.
    this.parts = {
      attempts: [...(stored?.attempts ?? [])],
      losses: [...(stored?.losses ?? [])],
      fruitless: [...(stored?.fruitless ?? [])],
      settled: [...(stored?.settled ?? [])],
    };
  }

  add(kind: Kind, now: number): void {
    this.forget(now);
    this.parts[kind][0] = (this.parts[kind][0] ?? 0) + 1;
  }

  counted(now: number): Counted {
    this.forget(now);
    const { attempts, losses, fruitless } = this.parts;
    return { attempts: sum(attempts), losses: sum(losses), fruitless: sum(fruitless) };
  }

  /** A success: what came before it no longer counts as fruitless. */
  succeeded(): void {
    this.parts.fruitless = [];
  }

  /** The breaker judges from here on; what the lane drains by goes on. */
  restart(): void {
    for (const kind of KINDS) if (kind !== 'settled') this.parts[kind] = [];
  }

  /** Null: nothing happened. */
  stored(now: number): StoredCounts | null {
    this.forget(now);
    if (KINDS.every((kind) => sum(this.parts[kind]) === 0)) return null;
    const { attempts, losses, fruitless, settled } = this.parts;
    return {
      since: this.since,
      attempts: trimmed(attempts),
      losses: trimmed(losses),
      fruitless: trimmed(fruitless),
      settled: trimmed(settled),
    };
  }

  private forget(now: number): void {
    const partMs = this.windowMs / PARTS;
    const passed = Math.floor((now - this.since) / partMs);
    if (passed <= 0) return;
    this.since += passed * partMs;
    for (const kind of KINDS) {
      const counts = this.parts[kind];
      if (counts.length > 0) this.parts[kind] = passed < PARTS ? [...zeros(passed), ...counts].slice(0, PARTS) : [];
    }
  }
}

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);
const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

function trimmed(counts: readonly number[]): number[] {
  return counts.slice(0, counts.findLastIndex((count) => count > 0) + 1);
}
