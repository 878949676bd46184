import type { DevFile } from './dev-file.js';

export const SUBSCRIBER = 'acme';

/** What `npm start` says when all is ready: where things are, and three lines to paste. */
export function banner(dev: DevFile, database: string): string {
  const post = (method: string, path: string, body: object): string =>
    `curl -sS -X ${method} ${dev.apiUrl}${path} \\\n    -H 'authorization: Bearer ${dev.tenantKey}' -H 'content-type: application/json' \\\n    -d '${JSON.stringify(body)}'`;
  return `
Posthorn is ready.

  API        ${dev.apiUrl}     (documentation: ${dev.apiUrl}/docs)
  Admin      ${dev.adminUrl}
  Inspector  ${dev.inspectorUrl}     (shows the webhooks it receives)
  Database   ${database}, queue on ${dev.queue === 'redis' ? 'Redis' : 'Postgres'}

Publish an event and see its webhook here and at ${dev.inspectorUrl}/in/${SUBSCRIBER}

  ${post('POST', '/v1/events', { subscriber: SUBSCRIBER, type: 'order.placed', data: { orderId: 12345 } })}

Register another subscriber and an endpoint of its own

  ${post('PUT', '/v1/subscribers/globex', { name: 'Globex' })}

  ${post('PUT', '/v1/subscribers/globex/endpoints/orders', { url: `${dev.inspectorUrl}/in/globex` })}

Ctrl-C stops everything; the data stays.
`;
}
