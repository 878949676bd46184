/** Why an attempt did not deliver, as stored and shown. The API's documentation lists exactly these. */
export const ATTEMPT_ERROR_CLASSES = [
  'http_status', // an answer outside 2xx and 3xx
  'redirect', // a 3xx: never followed
  'blocked_address', // the egress guard refused the address
  'dns_not_found',
  'dns_timeout',
  'dns_failed',
  'connect_refused',
  'connect_timeout',
  'connect_reset', // while connecting: nothing of the request had been sent
  'connect_unreachable',
  'connect_failed',
  'tls_expired', // or not valid yet
  'tls_self_signed',
  'tls_wrong_host',
  'tls_untrusted',
  'tls_version', // nothing from TLS 1.2 on in common
  'tls_failed',
  'response_timeout',
  'protocol_error', // what came is not HTTP/1.1
  'protocol_headers_too_large',
  'protocol_closed', // the connection was closed before an answer: the receiver may have seen the request
  'protocol_reset', // the same by a reset
] as const;

export type AttemptErrorClass = (typeof ATTEMPT_ERROR_CLASSES)[number];

/** How the time of an attempt was spent, in ms. Null: that step did not happen (a reused connection has no DNS, connect, or TLS). */
export interface AttemptTimings {
  dnsMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
  firstByteMs: number | null;
}

/** So much is kept of a header's value. */
export const KEPT_OF_HEADER = 512;

/** What is kept of an answer. */
export interface ReceivedResponse {
  statusCode: number;
  contentType: string | null;
  /** Every `Retry-After` header, in order, as it came. */
  retryAfter: readonly string[];
  location: string | null;
  /** The first 4 KiB, or 256 bytes of a 2xx, never inflated. */
  body: Buffer;
  /** Whether the body had more than that, or broke off. */
  truncated: boolean;
}

/** What a customer's endpoint did, as data: exceptions are our own faults. `startedAt` is ms since the epoch on the corrected clock. */
export type AttemptResult =
  | { kind: 'response'; response: ReceivedResponse; startedAt: number; durationMs: number; timings: AttemptTimings }
  | {
      kind: 'failure';
      error: AttemptErrorClass;
      /** For people: the error's text, without anything the request carried. */
      detail: string;
      startedAt: number;
      durationMs: number;
      timings: AttemptTimings;
    }
  | NotSent;

/** It counts as no attempt, and the delivery stays as it was. No byte was written, but at a shutdown that could not wait for the answer. */
export interface NotSent {
  kind: 'not_sent';
  /**
   * `fenced`: not allowed any more; `target_full`: its target has as much in flight as it may; `no_socket`: every socket was in use until the
   * time-out; `shutdown`: the process ends.
   */
  reason: 'fenced' | 'target_full' | 'no_socket' | 'shutdown';
}
