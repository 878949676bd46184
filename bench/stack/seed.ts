import { newUuid } from '#core';
import { ApiKeyEntity, EndpointEntity, EndpointSecretEntity, SubscriberEntity, TenantEntity } from '#persistence';
import type { Database } from '#persistence';
import { formatSecret, hashKey, newApiKey, newSecret, SecretBox } from '#signing';
import type { MasterKey } from '#signing';

const ROWS_AT_ONCE = 500;

/** The producer of a run, with the key it publishes with. */
export async function seedTenant(database: Database): Promise<{ tenantId: string; apiKey: string }> {
  const tenantId = newUuid(Date.now());
  const apiKey = newApiKey();
  await database.entities().insert(TenantEntity, { id: tenantId, name: 'Bench' });
  await database.entities().insert(ApiKeyEntity, {
    ...{ id: newUuid(Date.now()), tenantId, role: 'publisher', name: 'bench' },
    ...{ hash: hashKey(apiKey), last4: apiKey.slice(-4) },
  });
  return { tenantId, apiKey };
}

/** A subscriber with one endpoint for each URL, straight into the tables. The subscribers' uids, in the order of the URLs. */
export async function seedEndpoints(
  database: Database,
  of: { tenantId: string; masterKey: MasterKey; prefix: string },
  urls: readonly string[],
): Promise<string[]> {
  const { tenantId, prefix } = of;
  const box = new SecretBox([of.masterKey]);
  const rows = urls.map((url, n) => {
    const [subscriberId, endpointId, secretId] = [newUuid(Date.now()), newUuid(Date.now()), newUuid(Date.now())];
    const sealed = box.seal(Buffer.from(formatSecret(newSecret())), endpointId);
    return {
      subscriber: { id: subscriberId, tenantId, uid: `${prefix}-${String(n)}`, name: 'Bench' },
      endpoint: { id: endpointId, tenantId, subscriberId, url, matchKeys: ['*'] },
      secret: { id: secretId, endpointId, sealed },
    };
  });
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    const some = rows.slice(from, from + ROWS_AT_ONCE);
    const pick = <Part extends keyof (typeof rows)[number]>(part: Part) => some.map((row) => row[part]);
    await database.entities().insert(SubscriberEntity, pick('subscriber'));
    await database.entities().insert(EndpointEntity, pick('endpoint'));
    await database.entities().insert(EndpointSecretEntity, pick('secret'));
  }
  await database.query('ANALYZE subscribers, endpoints, endpoint_secrets'); // as autovacuum would have done long ago
  return rows.map(({ subscriber }) => subscriber.uid);
}
