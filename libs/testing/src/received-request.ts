import type { IncomingHttpHeaders } from 'node:http';

/** A request as it came in; `at` is when its headers were there (ms since the epoch). */
export interface ReceivedRequest {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** The address it was sent to: 127.x.y.z tells origins apart. */
  readonly localAddress: string;
  /** The sender's end of the connection. */
  readonly remotePort: number;
}
