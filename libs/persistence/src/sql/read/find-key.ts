import type { Database, Statement } from '../../database.js';

export interface FoundKey {
  id: string;
  tenantId: string;
  role: 'tenant' | 'publisher' | 'subscriber';
  scope: 'manage' | 'read' | null;
  subscriberId: string | null;
  suspended: boolean;
  /** Nobody has written down a use of it within the last minute. */
  useUnrecorded: boolean;
}

/** A key that is neither revoked nor expired, by the SHA-256 of its text. Index: the unique one on the hash. */
const FIND_KEY: Statement = {
  name: 'find-key',
  text: `
SELECT k.id, k.tenant_id AS "tenantId", k.role, k.scope, k.subscriber_id AS "subscriberId", t.suspended_at IS NOT NULL AS suspended,
       (k.last_used_at IS NULL OR k.last_used_at < clock_timestamp() - interval '1 minute') AS "useUnrecorded"
FROM api_keys k JOIN tenants t ON t.id = k.tenant_id
WHERE k.hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())`,
};

/** Writes down that a key is used, at most once a minute however many processes see it. */
const RECORD_KEY_USE: Statement = {
  name: 'record-key-use',
  text: `
UPDATE api_keys SET last_used_at = clock_timestamp()
WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 minute')`,
};

export async function findKey(database: Database, hash: Buffer): Promise<FoundKey | null> {
  return (await database.run<FoundKey>(FIND_KEY, [hash]))[0] ?? null;
}

export async function recordKeyUse(database: Database, id: string): Promise<void> {
  await database.run(RECORD_KEY_USE, [id]);
}
