import type { ServerResponse } from 'node:http';
import type { Inbox } from './inbox.js';
import { receivedJson } from './received-json.js';

/** A page that does not read is cut off instead of being remembered for. */
const MOST_BEHIND_BYTES = 32 * 1024 * 1024;

/** Server-sent events: what is kept of the name (null = of all), then everything that comes, until the page is closed. */
export function streamLive(inbox: Inbox, name: string | null, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const send = (received: Parameters<typeof receivedJson>[0]): void => {
    response.write(`id: ${String(received.seq)}\ndata: ${JSON.stringify(receivedJson(received))}\n\n`);
    if (response.writableLength > MOST_BEHIND_BYTES) response.destroy();
  };
  response.write(': connected\n\n');
  for (const received of inbox.list(name)) send(received);
  const stop = inbox.watch((received) => {
    if (name === null || received.name === name) send(received);
  });
  response.once('close', stop);
}
