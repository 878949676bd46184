const LENGTH_BYTES = 4;

/** Reads what clients send to Postgres: which statements, in which order, with what is bound to them left out. */
export class StatementLog {
  private readonly streams = new Map<object, { rest: Buffer; started: boolean; parsed: string }>();
  private statements: string[] = [];

  /** Bytes of one connection, as they come. */
  read(connection: object, bytes: Buffer): void {
    const stream = this.streams.get(connection) ?? { rest: Buffer.alloc(0), started: false, parsed: '' };
    this.streams.set(connection, stream);
    stream.rest = Buffer.concat([stream.rest, bytes]);
    for (;;) {
      // The first message of a connection has no type.
      const head = stream.started ? 1 : 0;
      if (stream.rest.length < head + LENGTH_BYTES) return;
      const end = head + stream.rest.readInt32BE(head);
      if (stream.rest.length < end) return;
      const message = stream.rest.subarray(0, end);
      stream.rest = stream.rest.subarray(end);
      if (stream.started) this.note(stream, String.fromCharCode(message[0] ?? 0), message.subarray(1 + LENGTH_BYTES));
      stream.started = true;
    }
  }

  /** What was asked since the last time. */
  take(): string[] {
    return this.statements.splice(0);
  }

  private note(stream: { parsed: string }, type: string, payload: Buffer): void {
    const texts = payload.toString('latin1').split('\0');
    if (type === 'Q') this.statements.push(texts[0] ?? '');
    // Parse: name, text. Bind: portal, name; a name says it all, the unnamed statement is the one parsed last.
    if (type === 'P') stream.parsed = texts[1] ?? '';
    if (type === 'B') this.statements.push(texts[1] === '' ? stream.parsed : (texts[1] ?? ''));
  }
}
