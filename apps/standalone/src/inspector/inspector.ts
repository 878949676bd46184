import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Inbox } from './inbox.js';
import type { Received } from './inbox.js';
import type { KnownSecrets } from './known-secrets.js';
import { streamLive } from './live-stream.js';
import { behave, readMisbehaviour } from './misbehaviour.js';
import { page } from './page.js';
import { readBody } from './read-body.js';
import { receivedJson } from './received-json.js';

const NAME = '([A-Za-z0-9._-]{1,64})';
const IN = new RegExp(`^/in/${NAME}$`);
const API = new RegExp(`^/api/in/${NAME}$`);
const NOT_FOUND = 'Webhooks go to /in/<name>; the name has letters, digits, dots, _ and -.';
const LIVE = new RegExp(`^/api/in/${NAME}/live$`);

/**
 * A receiver to look at while developing: `POST /in/<name>` takes a webhook, `GET /in/<name>` shows them live, `GET /api/in/<name>` lists
 * them, `GET /api/in/<name>/live` streams them.
 */
export function createInspector(
  secrets: Pick<KnownSecrets, 'judge'>,
  tell: (received: Received) => void,
): RequestListener {
  const inbox = new Inbox();

  const take = async (name: string, query: URLSearchParams, request: IncomingMessage, response: ServerResponse) => {
    const misbehaviour = readMisbehaviour(query);
    if (typeof misbehaviour === 'string') {
      answer(response, 400, misbehaviour);
      return;
    }
    const body = await readBody(request);
    if (!body) {
      answer(response, 413, 'The body is too large.');
      return;
    }
    const { status, delayMs } = behave(misbehaviour, inbox.count(name));
    const signatureValid = await secrets.judge(name, request.headers, body);
    const attempt = Number(request.headers['posthorn-attempt'] ?? NaN);
    tell(
      inbox.add({
        ...{ name, receivedAt: new Date().toISOString(), headers: request.headers, body, signatureValid },
        ...{ attempt: Number.isInteger(attempt) ? attempt : null, answered: status },
      }),
    );
    if (delayMs > 0) await delay(delayMs, undefined, { ref: false });
    answer(response, status, status < 300 ? '' : `The inspector was asked to answer ${String(status)}.`);
  };

  return (request, response) => {
    const { pathname, searchParams } = targetOf(request);
    const name = IN.exec(pathname)?.[1];
    if (request.method === 'GET') look(inbox, pathname, response);
    else if (name !== undefined) void take(name, searchParams, request, response);
    else answer(response, 404, NOT_FOUND);
  };
}

function look(inbox: Inbox, path: string, response: ServerResponse): void {
  const [shown, listed, streamed] = [IN, API, LIVE].map((route) => route.exec(path)?.[1]);
  if (shown !== undefined || path === '/') showPage(shown ?? null, response);
  else if (streamed !== undefined || path === '/api/live') streamLive(inbox, streamed ?? null, response);
  else if (listed !== undefined) answerJson(response, listing(inbox, listed));
  else if (path === '/health/live' || path === '/health/ready') answerJson(response, { status: 'ok' });
  else answer(response, 404, NOT_FOUND);
}

function targetOf({ url = '/' }: IncomingMessage): URL {
  const base = 'http://inspector';
  return new URL(URL.canParse(url, base) ? url : '/not-a-path', base);
}

function listing(inbox: Inbox, name: string): object {
  return { name, total: inbox.total(name), received: inbox.list(name).map(receivedJson) };
}

function showPage(name: string | null, response: ServerResponse): void {
  const { html, policy } = page(name);
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  response.end(html);
}

function answerJson(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}

function answer(response: ServerResponse, status: number, sentence: string): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
  response.end(sentence);
}
