const REPEAT_AFTER_MS = 1_000;
/** Different lines remembered; the oldest is forgotten first. */
const REMEMBERED = 1_000;
/** Ids, addresses, ports, counts: what differs between two lines that say the same. */
const PARTICULARS = /[0-9a-f]{8,}|\d+/gi;

/** What is written of a line: it, and of earlier ones how often each was left out. */
export interface LeftOut {
  message: string;
  level: number;
  count: number;
}

interface Seen extends LeftOut {
  at: number;
}

/**
 * Keeps what goes wrong thousands of times a second (a database that is away, a queue that is frozen) from flooding the log: of lines that say
 * the same, one a second. None is lost without a trace: how many were left out is told by the next line, whatever it says, once the second is
 * over. `now` in ms, never jumping back.
 */
export class RepeatLimit {
  private readonly seen = new Map<string, Seen>();
  /** Of the seen, those of which something was left out. */
  private readonly owing = new Set<Seen>();

  constructor(private readonly now: () => number) {}

  /** Whether this line may be written. */
  allows(level: number, message: string, cause: string): boolean {
    const name = `${level} ${`${message} ${cause}`.replace(PARTICULARS, '#')}`;
    const last = this.seen.get(name);
    if (last !== undefined && this.now() - last.at < REPEAT_AFTER_MS) {
      last.count += 1;
      this.owing.add(last);
      return false;
    }
    this.seen.delete(name); // written again at the end: the map is in the order of writing
    this.seen.set(name, { at: this.now(), level, message, count: 0 });
    for (const oldest of this.seen.size > REMEMBERED ? this.seen.keys() : []) {
      this.seen.delete(oldest);
      break;
    }
    return true;
  }

  /** What was left out and is to be told now. */
  takeLeftOut(): LeftOut[] {
    const due = [...this.owing].filter(({ at }) => this.now() - at >= REPEAT_AFTER_MS);
    for (const one of due) this.owing.delete(one);
    return due;
  }
}
