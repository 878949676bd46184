import type { Runner, Statement } from '../database.js';
import { ATTEMPT_COLUMNS } from './read/list-attempts.js';
import type { ListedAttempt } from './read/list-attempts.js';

/** Of which endpoint a notice is, and the delivery whose last attempt it shows. */
export interface NoticeQuestion {
  endpointId: string;
  deliveryId: string | null;
}

/** What a notice must know beyond what happened. */
export interface NoticeSubject {
  endpointId: string;
  tenantId: string;
  endpointUrl: string;
  state: 'active' | 'paused' | 'disabled';
  stateReason: string | null;
  stateSince: Date;
  subscriberId: string;
  subscriberUid: string | null;
  /** The tenant's subscriber for notices. */
  recipientId: string;
  lastAttempt: ListedAttempt | null;
  /** Of the delivery. */
  replayId: string | null;
}

/**
 * Endpoints with their subscriber and the tenant's subscriber for notices ($1, a uid). Not in the answer: endpoints of that subscriber itself,
 * deleted ones, and those of tenants that have no such subscriber.
 *
 * Indexes: primary keys, subscribers_by_uid; one partition a delivery.
 */
const NOTICE_SUBJECTS: Statement = {
  name: 'notice-subjects',
  text: `
SELECT w.ord::int AS ord, e.id AS "endpointId", e.tenant_id AS "tenantId", e.url AS "endpointUrl", e.state, e.state_reason AS "stateReason",
       e.state_since AS "stateSince", e.subscriber_id AS "subscriberId", s.uid AS "subscriberUid", n.id AS "recipientId", d.replay_id AS "replayId",
       ${ATTEMPT_COLUMNS}
FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY AS w (endpoint_id, delivery_id, ord)
JOIN endpoints e ON e.id = w.endpoint_id AND e.deleted_at IS NULL AND NOT e.system
JOIN subscribers s ON s.id = e.subscriber_id
JOIN subscribers n ON n.tenant_id = e.tenant_id AND n.uid = $1 AND n.deleted_at IS NULL AND n.id <> e.subscriber_id
LEFT JOIN deliveries d ON d.id = w.delivery_id
LEFT JOIN LATERAL (SELECT * FROM attempts l WHERE l.delivery_id = w.delivery_id ORDER BY l.number DESC LIMIT 1) a ON true`,
};

type Row = Omit<NoticeSubject, 'lastAttempt'> & { ord: number } & (ListedAttempt | { number: null });

/** In the order of the questions; undefined: nobody is told. */
export async function noticeSubjects(
  runner: Runner,
  recipientUid: string,
  questions: readonly NoticeQuestion[],
): Promise<(NoticeSubject | undefined)[]> {
  const rows = await runner.run<Row>(NOTICE_SUBJECTS, [
    recipientUid,
    questions.map((question) => question.endpointId),
    questions.map((question) => question.deliveryId),
  ]);
  const byOrder = new Map(rows.map((row) => [row.ord, row]));
  return questions.map((_, index) => {
    const row = byOrder.get(index + 1);
    return row && { ...row, lastAttempt: row.number === null ? null : row };
  });
}
