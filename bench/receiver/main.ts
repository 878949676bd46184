import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { ReceiverAnswer, ReceiverQuestion } from './protocol.js';
import { RequestCounter } from './request-counter.js';

/**
 * The receiver of both loops: answers every request with 200 and does as little as possible for it, in a process of its own, so that what
 * is measured is the sender. It listens on all addresses because only so does one listener have all of 127/8 (each endpoint an origin of
 * its own), and closes at once what does not come from and go to the loopback.
 */
const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const BACKLOG = 4_096;

const open = new Set<Socket>();
let requests = 0;
let connections = 0;
let awaited = Infinity;

const server = createServer({ noDelay: true }, (socket) => {
  if (!isLoopback(socket.remoteAddress) || !isLoopback(socket.localAddress)) {
    socket.destroy();
    return;
  }
  connections += 1;
  open.add(socket);
  const counter = new RequestCounter();
  socket.on('data', (chunk) => {
    const ended = counter.push(chunk);
    if (ended === 0) return;
    socket.write(ended === 1 ? ANSWER : ANSWER.repeat(ended));
    requests += ended;
    if (requests >= awaited) reply();
  });
  socket.on('error', () => undefined); // a sender that goes away
  socket.on('close', () => open.delete(socket));
});

function isLoopback(address: string | undefined): boolean {
  return address?.startsWith('127.') ?? false;
}

function reply(): void {
  awaited = Infinity;
  const answer: ReceiverAnswer = { requests, connections };
  process.send?.(answer);
}

process.on('message', (question: ReceiverQuestion) => {
  if (question.ask === 'reached') {
    awaited = question.requests;
    if (requests >= awaited) reply();
    return;
  }
  reply();
  if (question.ask === 'end') for (const socket of open) socket.destroy();
  requests = 0;
  connections = 0;
});
process.once('disconnect', () => process.exit());
process.on('SIGINT', () => undefined); // the harness decides when it ends

server.listen({ host: '0.0.0.0', port: 0, backlog: BACKLOG }, () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
