import type { IncomingHttpHeaders } from 'node:http';

/** A webhook as it came, and what was answered. */
export interface Received {
  /** Counts over all names, from 1. */
  readonly seq: number;
  readonly name: string;
  readonly receivedAt: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** From `posthorn-attempt`; null = not there. */
  readonly attempt: number | null;
  /** Null: no endpoint of ours is known to point here. */
  readonly signatureValid: boolean | null;
  readonly answered: number;
}

const KEPT_PER_NAME = 200;
const KEPT_NAMES = 500;
/** Over all names: the oldest webhooks go first. */
const KEPT_BYTES = 64 * 1024 * 1024;

interface Shelf {
  total: number;
  received: Received[];
}

/** The last webhooks of each name, within bounds, and who is watching. */
export class Inbox {
  private readonly shelves = new Map<string, Shelf>();
  private readonly watchers = new Set<(received: Received) => void>();
  private seq = 0;
  private bytes = 0;

  /** A request came to this name: the how-manieth it is, from 1. */
  count(name: string): number {
    return ++this.shelf(name).total;
  }

  add(received: Omit<Received, 'seq'>): Received {
    const entry = { ...received, seq: ++this.seq };
    const shelf = this.shelf(entry.name);
    shelf.received.push(entry);
    this.bytes += entry.body.length;
    if (shelf.received.length > KEPT_PER_NAME) this.dropOldest(shelf);
    while (this.bytes > KEPT_BYTES) this.dropOldest(this.oldestShelf());
    for (const watcher of this.watchers) watcher(entry);
    return entry;
  }

  /** Of one name, or of all in the order in which they came. */
  list(name: string | null): readonly Received[] {
    if (name !== null) return this.shelves.get(name)?.received ?? [];
    return [...this.shelves.values()].flatMap(({ received }) => received).sort((a, b) => a.seq - b.seq);
  }

  /** How many ever came to this name. */
  total(name: string): number {
    return this.shelves.get(name)?.total ?? 0;
  }

  /** Tells of every webhook from now on; call the answer to stop. */
  watch(watcher: (received: Received) => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  private shelf(name: string): Shelf {
    const shelf = this.shelves.get(name) ?? { total: 0, received: [] };
    this.shelves.delete(name); // again at the end: the map is in the order of the last webhook
    this.shelves.set(name, shelf);
    for (const [oldest, { received }] of this.shelves.size > KEPT_NAMES ? this.shelves : []) {
      for (const { body } of received) this.bytes -= body.length;
      this.shelves.delete(oldest);
      break;
    }
    return shelf;
  }

  private oldestShelf(): Shelf {
    const filled = [...this.shelves.values()].filter(({ received }) => received.length > 0);
    return filled.reduce((a, b) => ((a.received[0]?.seq ?? 0) < (b.received[0]?.seq ?? 0) ? a : b));
  }

  private dropOldest(shelf: Shelf): void {
    this.bytes -= shelf.received.shift()?.body.length ?? 0;
  }
}
