import type { Database } from '../../database.js';

export interface ListedAttempt {
  deliveryId: string;
  number: number;
  trigger: 'initial' | 'retry' | 'resend' | 'replay' | 'test';
  startedAt: Date;
  durationMs: number;
  dnsMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
  firstByteMs: number | null;
  status: number | null;
  error: string | null;
  retryAfterUntil: Date | null;
  url: string;
  contentType: string | null;
  retryAfter: string | null;
  location: string | null;
  body: Buffer | null;
  truncated: boolean;
}

/** An attempt's row, of a table called `a`, as `ListedAttempt` names it. */
export const ATTEMPT_COLUMNS = `a.delivery_id AS "deliveryId", a.number, a.trigger, a.started_at AS "startedAt", a.duration_ms AS "durationMs",
  a.dns_ms AS "dnsMs", a.connect_ms AS "connectMs", a.tls_ms AS "tlsMs", a.first_byte_ms AS "firstByteMs", a.status, a.error,
  a.retry_after_until AS "retryAfterUntil", a.url, a.content_type AS "contentType", a.retry_after AS "retryAfter", a.location, a.body, a.truncated`;

export interface AttemptPage {
  limit: number;
  order: 'asc' | 'desc';
  /** The number of the last attempt of the page before. */
  position: number | null;
  /** Milliseconds since the epoch, inclusive and exclusive, on the attempt's start. */
  after: number | null;
  before: number | null;
}

/** Attempts of one delivery by number. Index: the primary key, one partition. */
export async function listAttempts(
  database: Database,
  deliveryId: string,
  page: AttemptPage,
): Promise<ListedAttempt[]> {
  const [direction, beyond] = page.order === 'desc' ? ['DESC', '<'] : ['ASC', '>'];
  return database.query<ListedAttempt>(
    `SELECT ${ATTEMPT_COLUMNS} FROM attempts a
     WHERE a.delivery_id = $1 AND ($2::int IS NULL OR a.number ${beyond} $2)
       AND ($3::timestamptz IS NULL OR a.started_at >= $3) AND ($4::timestamptz IS NULL OR a.started_at < $4)
     ORDER BY a.number ${direction} LIMIT $5`,
    [deliveryId, page.position, toDate(page.after), toDate(page.before), page.limit],
  );
}

/** The newest attempt of each delivery that had one. */
export async function lastAttempts(database: Database, deliveryIds: readonly string[]): Promise<ListedAttempt[]> {
  return database.query<ListedAttempt>(
    `SELECT last.* FROM unnest($1::uuid[]) AS wanted (id)
     CROSS JOIN LATERAL (SELECT ${ATTEMPT_COLUMNS} FROM attempts a WHERE a.delivery_id = wanted.id ORDER BY a.number DESC LIMIT 1) last`,
    [deliveryIds],
  );
}

function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
