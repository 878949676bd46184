import type { Database, Statement } from '../database.js';

export interface PublishQuestion {
  tenantId: string;
  /** Set when the recipient was named by id … */
  subscriberId: string | null;
  /** … or by uid. Neither: a broadcast. */
  subscriberUid: string | null;
  type: string;
  idempotencyKey: string | null;
}

export interface PublishAnswer {
  /** Null: there is no such subscriber of this tenant (or it is a broadcast). */
  subscriberId: string | null;
  subscriberUid: string | null;
  strictEventTypes: boolean;
  typeKnown: boolean;
  maxBroadcast: number;
  /** Also when there is no such tenant (any more). */
  suspended: boolean;
  /** The event that this key made within the last 24 h. */
  seen: { eventId: string; deliveries: number; fingerprint: Buffer } | null;
}

/**
 * Everything publishing must know before it may store, for many events of many tenants at once. Read from the tables each time: an endpoint,
 * a subscriber or a catalogue entry made a moment ago counts. Every question has its row, or answers would shift between tenants.
 *
 * Indexes: subscribers_by_uid, and primary keys.
 */
const RESOLVE_PUBLISH: Statement = {
  name: 'resolve-publish',
  text: `
SELECT coalesce(by_id.id, by_uid.id) AS "subscriberId", coalesce(by_id.uid, by_uid.uid) AS "subscriberUid",
       coalesce(t.strict_event_types, false) AS "strictEventTypes", coalesce(t.max_broadcast, 0) AS "maxBroadcast",
       (t.id IS NULL OR t.suspended_at IS NOT NULL) AS suspended,
       (c.name IS NOT NULL) AS "typeKnown", k.event_id AS "eventId", k.deliveries, k.fingerprint
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS q (tenant_id, subscriber_id, subscriber_uid, type, key, ord)
LEFT JOIN tenants t ON t.id = q.tenant_id
LEFT JOIN subscribers by_id ON by_id.id = q.subscriber_id AND by_id.tenant_id = q.tenant_id AND by_id.deleted_at IS NULL
LEFT JOIN subscribers by_uid ON by_uid.tenant_id = q.tenant_id AND by_uid.uid = q.subscriber_uid AND by_uid.deleted_at IS NULL
LEFT JOIN event_types c ON t.strict_event_types AND c.tenant_id = q.tenant_id AND c.name = q.type
LEFT JOIN idempotency_keys k ON k.tenant_id = q.tenant_id AND k.scope = 'events' AND k.key = q.key AND k.expires_at > now()
ORDER BY q.ord`,
};

/** Forgets keys past their day, so that they can be used anew. Rows locked by somebody else are somebody else's to remove. */
const FORGET_EXPIRED: Statement = {
  name: 'forget-expired-keys',
  text: `
DELETE FROM idempotency_keys WHERE (tenant_id, scope, key) IN (
  SELECT k.tenant_id, k.scope, k.key
  FROM unnest($1::uuid[], $2::text[]) AS q (tenant_id, key)
  JOIN idempotency_keys k ON k.tenant_id = q.tenant_id AND k.scope = 'events' AND k.key = q.key AND k.expires_at <= now()
  FOR UPDATE OF k SKIP LOCKED)`,
};

type Row = Omit<PublishAnswer, 'seen'> & { eventId: string | null; deliveries: number; fingerprint: Buffer };

/** Answers in the order of the questions. */
export async function resolvePublish(
  database: Database,
  questions: readonly PublishQuestion[],
): Promise<PublishAnswer[]> {
  const rows = await database.run<Row>(RESOLVE_PUBLISH, [
    questions.map((question) => question.tenantId),
    questions.map((question) => question.subscriberId),
    questions.map((question) => question.subscriberUid),
    questions.map((question) => question.type),
    questions.map((question) => question.idempotencyKey),
  ]);
  return rows.map(({ eventId, deliveries, fingerprint, ...rest }) => ({
    ...rest,
    seen: eventId === null ? null : { eventId, deliveries, fingerprint },
  }));
}

export async function forgetExpiredKeys(
  database: Database,
  keys: readonly { tenantId: string; key: string }[],
): Promise<void> {
  await database.run(FORGET_EXPIRED, [keys.map((key) => key.tenantId), keys.map((key) => key.key)]);
}
