import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ReceiverQuestion, TimedData } from './messages.js';

/**
 * A receiver in a process of its own, so that the test's own work delays no answer. What a path answers is in the path: /ok/…, /hang/…,
 * /flap/… (two seconds up, two seconds of 503), /delay-<ms>/…. Latencies are kept by the path's second part, the group, and the round.
 */
const FLAP_MS = 2_000;
const latencies = new Map<string, number[]>();
let waiting: (() => void) | null = null;

const server = createServer((request, response) => void receive(request, response));

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return; // the sender went away
  }
  const [, behaviour = '', group = ''] = (request.url ?? '').split('/');
  if (behaviour === 'hang') return;
  if (behaviour === 'flap' && Math.floor(Date.now() / FLAP_MS) % 2 === 1) {
    response.writeHead(503).end();
    return;
  }
  const { data } = JSON.parse(Buffer.concat(chunks).toString()) as { data: TimedData };
  note(`${group}:${data.round}`, Date.now() - data.at);
  const delayMs = Number(/^delay-(\d+)$/.exec(behaviour)?.[1] ?? 0);
  if (delayMs > 0) setTimeout(() => response.end(), delayMs);
  else response.end();
}

function note(key: string, ms: number): void {
  const known = latencies.get(key);
  if (known) known.push(ms);
  else latencies.set(key, [ms]);
  waiting?.();
}

process.on('message', (question: ReceiverQuestion) => {
  if (question.ask === 'end') process.exit(0);
  const { group, round, count } = question;
  waiting = () => {
    const own = latencies.get(`${group}:${round}`) ?? [];
    if (own.length < count) return;
    waiting = null;
    process.send?.(own);
  };
  waiting();
});
process.once('disconnect', () => process.exit());

server.keepAliveTimeout = 0;
server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, () => {
  process.send?.((server.address() as AddressInfo).port);
});
