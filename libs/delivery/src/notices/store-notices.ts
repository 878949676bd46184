import { matchKeys } from '#core';
import { publishEvents } from '#persistence';
import type { EventRow, Runner } from '#persistence';
import type { Notice } from './notice.js';

/** Publishes notices as what they are, events. Answers with the endpoints that have something to do, each once. */
export async function storeNotices(runner: Runner, notices: readonly Notice[]): Promise<string[]> {
  if (notices.length === 0) return [];
  const stored = await publishEvents(runner, notices.map(rowOf));
  return [...new Set(stored.flatMap(({ endpointIds }) => endpointIds))];
}

function rowOf({ tenantId, recipientId, type, data }: Notice): EventRow {
  return {
    tenantId,
    subscriberId: recipientId,
    type,
    matchKeys: matchKeys(type),
    occurredAt: null,
    envelope: true,
    payload: Buffer.from(JSON.stringify(data)),
    idempotencyKey: null,
    fingerprint: null,
  };
}
