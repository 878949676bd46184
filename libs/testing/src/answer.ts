import type { ServerResponse } from 'node:http';
import type { ReceivedRequest } from './received-request.js';

/** What a receiver answers; everything is optional, the default is an empty 200. */
export interface Answer {
  status?: number;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
  /** Before the status line. */
  delayMs?: number;
  /** Nothing is sent until the test calls `release()`; then the rest of this answer. */
  hang?: boolean;
  /** The body a byte at a time with this pause; `forever` repeats it without an end. */
  drip?: { everyMs: number; forever?: boolean };
  /** Instead of answering: the connection is reset. */
  reset?: boolean;
}

/** One answer for all, one after the other (the last one stays), or computed; `n` counts from 0 at that path. */
export type Script = Answer | readonly Answer[] | ((request: ReceivedRequest, n: number) => Answer);

export function answerFor(script: Script, request: ReceivedRequest, n: number): Answer {
  if (typeof script === 'function') return script(request, n);
  if (!isList(script)) return script;
  return script[Math.min(n, script.length - 1)] ?? {};
}

function isList(script: Script): script is readonly Answer[] {
  return Array.isArray(script);
}

/** Sends an answer but for its hanging. Timers end with the response: a closed receiver leaves none behind. */
export function send(response: ServerResponse, answer: Answer): void {
  const timers = new Set<NodeJS.Timeout>();
  response.once('close', () => {
    timers.forEach(clearTimeout);
  });
  const after = (ms: number, work: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
  };

  const write = (): void => {
    if (answer.reset) {
      response.socket?.resetAndDestroy();
      return;
    }
    const body = Buffer.from(answer.body ?? '');
    response.writeHead(answer.status ?? 200, answer.headers);
    if (!answer.drip) {
      response.end(body);
      return;
    }
    response.flushHeaders();
    drip(response, body, answer.drip, after);
  };

  if (answer.delayMs) after(answer.delayMs, write);
  else write();
}

function drip(
  response: ServerResponse,
  body: Buffer,
  { everyMs, forever }: NonNullable<Answer['drip']>,
  after: (ms: number, work: () => void) => void,
): void {
  const step = (at: number): void => {
    if (at >= body.length && !forever) {
      response.end();
      return;
    }
    response.write(body.subarray(at % body.length, (at % body.length) + 1));
    after(everyMs, () => {
      step(at + 1);
    });
  };
  step(0);
}
