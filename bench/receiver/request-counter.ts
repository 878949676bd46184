const HEAD_END = Buffer.from('\r\n\r\n');
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;
const EMPTY = Buffer.alloc(0);

/**
 * Counts the requests on one connection and reads nothing of them but their length. Requests may come in any pieces, and several in one.
 * Enough for what the bench sends: HTTP/1.1 with Content-Length.
 */
export class RequestCounter {
  /** The beginning of a head that has not come to its end. */
  private head: Buffer = EMPTY;
  /** Bytes of the present body still to come. */
  private missing = 0;

  /** How many requests end in this chunk. */
  push(chunk: Buffer): number {
    let data = this.head.length === 0 ? chunk : Buffer.concat([this.head, chunk]);
    this.head = EMPTY;
    let requests = 0;
    while (data.length > 0) {
      const startsHere = this.missing === 0;
      if (startsHere) {
        const end = data.indexOf(HEAD_END);
        if (end === -1) {
          this.head = data;
          break;
        }
        this.missing = bodyBytes(data.toString('latin1', 0, end));
        data = data.subarray(end + HEAD_END.length);
      }
      const taken = Math.min(this.missing, data.length);
      this.missing -= taken;
      data = data.subarray(taken);
      if (this.missing === 0) requests += 1;
    }
    return requests;
  }
}

function bodyBytes(head: string): number {
  return Number(CONTENT_LENGTH.exec(head)?.[1] ?? 0);
}
