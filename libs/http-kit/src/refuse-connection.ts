import type { Socket } from 'node:net';
import { ProblemError } from '#core';
import { PROBLEM_CONTENT_TYPE, toProblem } from './problem.js';
import { newRequestId } from './request-id.js';

const DETAILS: Record<string, string> = {
  HPE_HEADER_OVERFLOW: 'the headers are too large',
  ERR_HTTP_REQUEST_TIMEOUT: 'the request did not arrive in time',
};

/** Answers what Node's parser cannot read as HTTP, as a problem like every other, and ends the connection. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = toProblem(
    new ProblemError('malformed_request', { detail: DETAILS[error.code ?? ''] ?? 'this is no HTTP request' }),
    newRequestId(),
  );
  const body = JSON.stringify(problem);
  const head = [
    'HTTP/1.1 400 Bad Request',
    'connection: close',
    `content-type: ${PROBLEM_CONTENT_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
