import type { Database } from '../database.js';
import { IdempotencyKeyEntity } from '../entities/index.js';

export type ClaimedKey = Pick<IdempotencyKeyEntity, 'tenantId' | 'scope' | 'key'>;

/** Remembered answers of POST requests. Publishing keeps its own in the publish statement. */
export class IdempotencyKeysRepository {
  constructor(private readonly database: Database) {}

  /**
   * Takes the key inside the current transaction; false when somebody has it. A twin whose transaction is open is waited for on the unique
   * index, at most `waitMs` (then SQLSTATE 55P03). A key past its time is taken over.
   */
  async claim(key: ClaimedKey, fingerprint: Buffer, waitMs: number): Promise<boolean> {
    await this.database.query(`SET LOCAL lock_timeout = ${Math.trunc(waitMs)}`);
    const rows = await this.database.query(
      `INSERT INTO idempotency_keys AS k (tenant_id, scope, key, fingerprint) VALUES ($1, $2, $3, $4)
       ON CONFLICT (tenant_id, scope, key) DO UPDATE
         SET fingerprint = excluded.fingerprint, status = NULL, response_sealed = NULL, expires_at = excluded.expires_at
         WHERE k.expires_at <= clock_timestamp()
       RETURNING 1`,
      [key.tenantId, key.scope, key.key, fingerprint],
    );
    await this.database.query('SET LOCAL lock_timeout TO DEFAULT');
    return rows.length === 1;
  }

  async find(key: ClaimedKey): Promise<IdempotencyKeyEntity | null> {
    return this.database.entities().findOneBy(IdempotencyKeyEntity, key);
  }

  async remember(key: ClaimedKey, answer: { status: number; responseSealed: Buffer }): Promise<void> {
    await this.database.entities().update(IdempotencyKeyEntity, key, answer);
  }
}
