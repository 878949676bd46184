import { IsNull } from 'typeorm';
import type { Database } from '../database.js';
import { EndpointSecretEntity } from '../entities/index.js';

/** Signing secrets of endpoints, encrypted. One is current; older ones end at a time. */
export class EndpointSecretsRepository {
  constructor(private readonly database: Database) {}

  async insert(secret: Omit<EndpointSecretEntity, 'expiresAt'>): Promise<void> {
    await this.database.entities().insert(EndpointSecretEntity, { ...secret, expiresAt: null });
  }

  /** The current one first, then those that still sign, the newest first. */
  async live(endpointId: string): Promise<EndpointSecretEntity[]> {
    return this.database
      .entities()
      .createQueryBuilder(EndpointSecretEntity, 'secret')
      .where(
        'secret.endpoint_id = :endpointId AND (secret.expires_at IS NULL OR secret.expires_at > clock_timestamp())',
        { endpointId },
      )
      .orderBy('secret.expires_at IS NULL', 'DESC')
      .addOrderBy('secret.id', 'DESC')
      .getMany();
  }

  /** Gives the current secret an end: now plus the overlap. */
  async endCurrent(endpointId: string, overlapSeconds: number): Promise<void> {
    const end = (): string => `clock_timestamp() + make_interval(secs => ${Math.trunc(overlapSeconds)})`;
    await this.database
      .entities()
      .update(EndpointSecretEntity, { endpointId, expiresAt: IsNull() }, { expiresAt: end });
  }

  /** Removes what no longer signs. */
  async removeEnded(endpointId: string): Promise<void> {
    await this.database
      .entities()
      .createQueryBuilder()
      .delete()
      .from(EndpointSecretEntity)
      .where('endpoint_id = :endpointId AND expires_at <= clock_timestamp()', { endpointId })
      .execute();
  }

  /** Removes all but so many. */
  async keepNewest(endpointId: string, count: number): Promise<void> {
    await this.database.query(
      `DELETE FROM endpoint_secrets WHERE id IN (SELECT id FROM endpoint_secrets WHERE endpoint_id = $1 ORDER BY id DESC OFFSET $2)`,
      [endpointId, count],
    );
  }
}
