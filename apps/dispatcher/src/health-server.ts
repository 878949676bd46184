import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Health } from '#observability';

interface MetricsText {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface HealthServer {
  port: number;
  close(): Promise<void>;
}

/** `/health/live`, `/health/ready` and `/metrics`: all that a dispatcher answers. Rejects with one sentence when the port is taken. */
export async function serveHealth(
  health: Health,
  metrics: MetricsText,
  address: { host: string; port: number },
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    answer(request.method === 'GET' ? request.url : undefined, response, health, metrics).catch(() => {
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `Port ${address.port} on ${address.host} is taken: stop what listens there, or set DISPATCHER_PORT to another port.`;
      reject(error.code === 'EADDRINUSE' ? new Error(taken) : error);
    });
    server.listen(address.port, address.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(
  url: string | undefined,
  response: ServerResponse,
  health: Health,
  metrics: MetricsText,
): Promise<void> {
  if (url === '/health/live') {
    json(response, 200, { ok: true });
    return;
  }
  if (url === '/health/ready') {
    const report = await health.ready();
    json(response, report.ok ? 200 : 503, report);
    return;
  }
  if (url === '/metrics') {
    const text = await metrics.metrics();
    response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
    return;
  }
  json(response, 404, { ok: false });
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
