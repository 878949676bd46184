import type { IncomingHttpHeaders } from 'node:http';
import { KEPT_OF_HEADER, KIB } from '#core';
import type { ReceivedResponse } from '#core';

const MAX_READ = 64 * KIB;
const MAX_STORED = 4 * KIB;
const MAX_STORED_OF_2XX = 256;
const EMPTY = Buffer.alloc(0);

/** Keeps of an answer what is stored: the status, four headers, and the beginning of the body as it came (never inflated). */
export class ResponseCollector {
  readonly #statusCode: number;
  readonly #headers: IncomingHttpHeaders;
  readonly #limit: number;
  #body: Buffer = EMPTY;
  #read = 0;

  constructor(statusCode: number, headers: IncomingHttpHeaders) {
    this.#statusCode = statusCode;
    this.#headers = headers;
    this.#limit = statusCode >= 200 && statusCode < 300 ? MAX_STORED_OF_2XX : MAX_STORED;
  }

  /** False when enough has been read: the rest is not wanted. */
  push(chunk: Buffer): boolean {
    this.#read += chunk.length;
    const room = this.#limit - this.#body.length;
    if (room > 0) {
      // Copied: the chunk is a view of up to 64 KiB that would stay in memory with it.
      const part = chunk.subarray(0, room);
      this.#body = this.#body.length === 0 ? Buffer.from(part) : Buffer.concat([this.#body, part]);
    }
    return this.#read <= MAX_READ;
  }

  /** @param complete whether the answer ended as it should. */
  response(complete: boolean): ReceivedResponse {
    return {
      statusCode: this.#statusCode,
      contentType: shortened(first(this.#headers['content-type'])),
      retryAfter: all(this.#headers['retry-after']),
      location: shortened(first(this.#headers.location)),
      body: this.#body,
      truncated: !complete || this.#read > this.#limit,
    };
  }
}

// undici hands a repeated header over as an array, whatever Node's types say of that name.
type HeaderValue = string | readonly string[] | undefined;

function first(value: HeaderValue): string | null {
  return (typeof value === 'string' ? value : value?.[0]) ?? null;
}

function shortened(value: string | null): string | null {
  return value === null ? null : value.slice(0, KEPT_OF_HEADER);
}

const NONE: readonly string[] = [];

/** A value too long to be a date or a number is left out: cut off, it could become one. */
function all(value: HeaderValue): readonly string[] {
  if (value === undefined) return NONE;
  return (typeof value === 'string' ? [value] : value).filter((text) => text.length <= KEPT_OF_HEADER);
}
