import { isUtf8 } from 'node:buffer';
import { encodeId } from '#core';
import type { AttemptTimings } from '#core';
import type { ListedAttempt } from '#persistence';

/** An attempt without its request, in the one shape in which the API and notices show it. Times are RFC 3339 with milliseconds. */
export interface LastAttempt {
  deliveryId: string;
  number: number;
  trigger: ListedAttempt['trigger'];
  replayId: string | null;
  startedAt: string;
  durationMs: number;
  timings: AttemptTimings;
  outcome: 'success' | 'failure';
  error: string | null;
  retryAfterUntil: string | null;
  response: AnsweredResponse | null;
}

/** What is kept of a response. */
export interface AnsweredResponse {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  /** How `body` is written: base64 when it is not UTF-8. */
  encoding: 'utf8' | 'base64';
  truncated: boolean;
}

/** An attempt's row in that shape; `replayId` is its delivery's. */
export function lastAttemptOf(row: ListedAttempt, replayId: string | null): LastAttempt {
  return {
    deliveryId: encodeId('delivery', row.deliveryId),
    number: row.number,
    trigger: row.trigger,
    replayId: replayId === null ? null : encodeId('replay', replayId),
    startedAt: row.startedAt.toISOString(),
    durationMs: row.durationMs,
    timings: { dnsMs: row.dnsMs, connectMs: row.connectMs, tlsMs: row.tlsMs, firstByteMs: row.firstByteMs },
    outcome: row.error === null ? 'success' : 'failure',
    error: row.error,
    retryAfterUntil: row.retryAfterUntil?.toISOString() ?? null,
    response: row.status === null ? null : responseOf(row, row.status),
  };
}

function responseOf(row: ListedAttempt, statusCode: number): AnsweredResponse {
  const body = withoutCutCharacter(row.body ?? Buffer.alloc(0), row.truncated);
  const encoding = isUtf8(body) ? 'utf8' : 'base64';
  const headers = { 'content-type': row.contentType, 'retry-after': row.retryAfter, location: row.location };
  const given = Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
  return {
    statusCode,
    headers: Object.fromEntries(given),
    body: body.toString(encoding),
    encoding,
    truncated: row.truncated,
  };
}

/** A text that was cut within a character is still a text. */
function withoutCutCharacter(body: Buffer, truncated: boolean): Buffer {
  for (let bytes = body.length; truncated && bytes > body.length - LONGEST_CHARACTER && bytes > 0; bytes -= 1) {
    const whole = body.subarray(0, bytes);
    if (isUtf8(whole)) return whole;
  }
  return body;
}

const LONGEST_CHARACTER = 4;
