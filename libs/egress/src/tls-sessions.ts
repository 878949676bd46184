const MAX_SESSIONS = 5000; // a few KiB each

/**
 * TLS sessions to resume, the least recently used dropped first. undici's own cache holds them by weak references, so the garbage
 * collector empties it, and by default only 100. A session was verified for its host when it was made, and is used for that host only.
 */
export class TlsSessions {
  readonly #sessions = new Map<string, Buffer>();

  find(host: string): Buffer | undefined {
    const session = this.#sessions.get(host);
    if (session !== undefined) this.keep(host, session);
    return session;
  }

  keep(host: string, session: Buffer): void {
    this.#sessions.delete(host);
    this.#sessions.set(host, session);
    if (this.#sessions.size <= MAX_SESSIONS) return;
    for (const oldest of this.#sessions.keys()) {
      this.#sessions.delete(oldest);
      return;
    }
  }
}
