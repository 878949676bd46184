import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/**
 * A receiver below HTTP that misbehaves in the way its path names, in a process of its own: what it sends costs the test's dispatcher
 * memory, not the test. Its parent learns its port and its ways.
 */
const KIB = 1_024;
const MIB = 1_024 * KIB;
const DRIP_MS = 5;
const bomb = gzipSync(Buffer.alloc(128 * MIB));
const noise = Buffer.alloc(64 * KIB, '\x1b[31m\0\xff<script>');
const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n';
const headers = (count: number): string => Array.from({ length: count }, (_, n) => `h${n}: x\r\n`).join('');
const answer = (status: string, body: string | Buffer): Buffer => {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\ncontent-length: ${bytes.length}\r\n\r\n`), bytes]);
};

type Way = (socket: Socket, request: string) => void;
const says = (bytes: string | Buffer): Way => {
  return (socket) => void socket.write(bytes);
};

const WAYS: Readonly<Record<string, Way>> = {
  good: says(answer('200 OK', 'ok')),
  echo: (socket, request) => socket.write(answer('500 Oops', request.repeat(20))),
  'echo-success': (socket, request) => socket.write(answer('200 OK', request)),
  noise: says(answer('500 Oops', noise)),
  'http-0.9': says('hello\r\n'),
  'status-line': says('HTTP/1.1 abc OK\r\n\r\n'),
  upgrade: says('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
  'interim-flood': says('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100)),
  'large-header': says(`HTTP/1.1 200 OK\r\na: ${'x'.repeat(16 * KIB)}\r\n\r\n`),
  'thousand-headers': says(`HTTP/1.1 200 OK\r\n${headers(1_000)}\r\n`),
  'reason-phrase': says(`HTTP/1.1 200 ${'x'.repeat(MIB)}`),
  'empty-lines': says('\r\n'.repeat(MIB / 2)),
  'two-lengths': says('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nok'),
  'broken-chunk': says(`${chunked}zz\r\n`),
  'chunk-extension': says(`${chunked}2;${'x'.repeat(MIB)}`),
  trailers: says(`${chunked}0\r\n${headers(9_000)}`),
  'second-answer': says(Buffer.concat([answer('200 OK', 'ok'), answer('410 Gone', '')])),
  'gzip-bomb': (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
    socket.write(bomb);
  },
  'endless-body': (socket) => {
    socket.write(`HTTP/1.1 500 Oops\r\ncontent-length: ${1_024 * MIB}\r\n\r\n`);
    const more = (): void => {
      while (!socket.destroyed && socket.write(noise));
    };
    socket.on('drain', more);
    more();
  },
  close: (socket) => socket.end(),
  reset: (socket) => socket.resetAndDestroy(),
  'reset-in-headers': (socket) => socket.write('HTTP/1.1 200 OK\r\na: ', () => socket.resetAndDestroy()),
  'reset-in-body': (socket) =>
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok', () => socket.resetAndDestroy()),
  hang: () => undefined,
  'drip-headers': (socket) => {
    drip(socket, 'HTTP/1.1 200 OK\r\na: x');
  },
  'drip-body': (socket) => {
    socket.write(chunked);
    drip(socket, '1;x');
  },
};

/** Byte by byte, the last one for ever. */
function drip(socket: Socket, text: string): void {
  let n = 0;
  const timer = setInterval(() => socket.write(text.charAt(Math.min(n++, text.length - 1))), DRIP_MS);
  socket.once('close', () => {
    clearInterval(timer);
  });
}

const server = createServer((socket) => {
  let request = '';
  socket
    .on('error', () => undefined) // the other side may reset
    .on('data', (chunk) => {
      request += chunk.toString('latin1');
      if (!request.endsWith('}')) return; // the end of every body
      const [, way = ''] = /^POST \/([^/ ]+)/.exec(request) ?? [];
      WAYS[way]?.(socket, request);
      request = '';
    });
});
process.once('disconnect', () => process.exit());
server.listen({ host: '127.0.0.1', port: 0, backlog: 1_024 }, () => {
  process.send?.({ port: (server.address() as AddressInfo).port, ways: Object.keys(WAYS) });
});
