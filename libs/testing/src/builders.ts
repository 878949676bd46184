import { createHash } from 'node:crypto';
import { newUuid } from '#core';
import { EndpointEntity, EndpointSecretEntity, SubscriberEntity, TenantEntity } from '#persistence';
import type { Database } from '#persistence';
import { SecretBox, formatSecret, newSecret } from '#signing';

/** The same in every process of a test, so that each can open what another sealed. */
export const testMasterKeys = [{ id: 'test', key: createHash('sha256').update('test').digest() }];

export const testSecretBox = (): SecretBox => new SecretBox(testMasterKeys);

export async function addTenant(database: Database, more: Partial<TenantEntity> = {}): Promise<{ id: string }> {
  const id = newUuid(Date.now());
  await database.entities().insert(TenantEntity, { id, name: 'a tenant', ...more });
  return { id };
}

export async function addSubscriber(
  database: Database,
  tenantId: string,
  more: Partial<SubscriberEntity> = {},
): Promise<{ id: string }> {
  const id = newUuid(Date.now());
  await database.entities().insert(SubscriberEntity, { id, tenantId, name: 'a subscriber', ...(more as object) });
  return { id };
}

/** An endpoint for all types with one secret, which is returned to verify with. */
export async function addEndpoint(
  database: Database,
  of: { tenantId: string; subscriberId: string; url: string },
  more: Partial<EndpointEntity> = {},
): Promise<{ id: string; secret: Buffer }> {
  const id = newUuid(Date.now());
  const secret = newSecret();
  await database
    .entities()
    .insert(EndpointEntity, { id, ...of, matchKeys: more.eventTypes ?? ['*'], ...(more as object) });
  await database.entities().insert(EndpointSecretEntity, {
    id: newUuid(Date.now()),
    endpointId: id,
    sealed: testSecretBox().seal(Buffer.from(formatSecret(secret)), id),
  });
  return { id, secret };
}
