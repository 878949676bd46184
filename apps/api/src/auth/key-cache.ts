import { SECOND } from '#core';
import type { Clock } from '#core';
import type { FoundKey } from '#persistence';
import { hashKey } from '#signing';

/** A revoked key is refused within a second everywhere: no answer of the database is believed for longer. */
const BELIEVED_MS = SECOND;
const MOST_KEYS = 10_000;

export interface KeySource {
  find(hash: Buffer): Promise<FoundKey | null>;
  recordUse(id: string): Promise<void>;
}

interface Entry {
  key: Promise<FoundKey | null>;
  /** From before the question was sent. */
  askedAt: number;
}

/** Keys by the hash of their text, asked for at most once a second however many requests carry them. */
export class KeyCache {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly source: KeySource,
    private readonly clock: Clock,
  ) {}

  /** The key with this text, or null. */
  async find(text: string): Promise<FoundKey | null> {
    const hash = hashKey(text);
    const name = hash.toString('base64');
    const known = this.entries.get(name);
    const now = this.clock.monotonic();
    if (known !== undefined && now - known.askedAt < BELIEVED_MS) return known.key;
    const entry = { key: this.ask(name, hash), askedAt: now };
    this.entries.delete(name);
    this.entries.set(name, entry);
    if (this.entries.size > MOST_KEYS) this.forgetOldest();
    return entry.key;
  }

  private async ask(name: string, hash: Buffer): Promise<FoundKey | null> {
    try {
      const key = await this.source.find(hash);
      // What is no key is not remembered: guesses must not push the real ones out.
      if (key === null) this.entries.delete(name);
      // Best effort, and never waited for: a request does not fail because its use could not be written down.
      else if (key.useUnrecorded) this.source.recordUse(key.id).catch(() => undefined);
      return key;
    } catch (error) {
      this.entries.delete(name);
      throw error;
    }
  }

  private forgetOldest(): void {
    for (const oldest of this.entries.keys()) {
      this.entries.delete(oldest);
      return;
    }
  }
}
