import { newUuid } from '#core';
import { ApiKeyEntity, Database, EndpointEntity, OperatorEntity, SubscriberEntity, TenantEntity } from '#persistence';
import { EndpointSecretEntity } from '#persistence';
import { SecretBox, formatSecret, hashKey, newSecret } from '#signing';
import type { MasterKey } from '#signing';
import { SUBSCRIBER } from './banner.js';

export interface Seed {
  readonly databaseUrl: string;
  readonly masterKeys: readonly MasterKey[];
  readonly tenantKey: string;
  readonly operatorToken: string;
  /** Where the first endpoint points. */
  readonly inspectorUrl: string;
}

/** The first endpoint's own name. */
const ENDPOINT = 'inspector';
const STATEMENT_TIMEOUT_MS = 10_000;
const LAST = -4;

/**
 * A tenant with a key, an operator with a token, and a subscriber with an endpoint on the inspector. Made when the database does not know the
 * key yet (the first start, or another database); later only the endpoint's URL follows the inspector's port.
 */
export async function seed(seed: Seed): Promise<void> {
  const database = await Database.open({
    url: seed.databaseUrl,
    appName: 'posthorn-standalone',
    poolSize: 1,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  try {
    await database.transaction(async () => {
      const key = await database.entities().findOneBy(ApiKeyEntity, { hash: hashKey(seed.tenantKey) });
      if (key) await moveEndpoint(database, key.tenantId, urlOf(seed));
      else await plant(database, seed);
    });
  } finally {
    await database.close();
  }
}

async function plant(database: Database, seed: Seed): Promise<void> {
  const entities = database.entities();
  const tenantId = id();
  const subscriberId = id();
  const endpointId = id();
  await entities.insert(TenantEntity, { id: tenantId, name: 'Development' });
  await entities.insert(ApiKeyEntity, {
    ...{ id: id(), tenantId, role: 'tenant', name: 'npm start' },
    ...credential(seed.tenantKey),
  });
  await entities.insert(OperatorEntity, {
    id: id(),
    name: 'Developer',
    role: 'owner',
    ...credential(seed.operatorToken),
  });
  await entities.insert(SubscriberEntity, { id: subscriberId, tenantId, uid: SUBSCRIBER, name: 'Acme' });
  await entities.insert(EndpointEntity, {
    ...{ id: endpointId, tenantId, subscriberId, uid: ENDPOINT },
    ...{ url: urlOf(seed), description: 'The inspector of npm start', matchKeys: ['*'] },
  });
  const sealed = new SecretBox(seed.masterKeys).seal(Buffer.from(formatSecret(newSecret())), endpointId);
  await entities.insert(EndpointSecretEntity, { id: id(), endpointId, sealed });
}

async function moveEndpoint(database: Database, tenantId: string, url: string): Promise<void> {
  const subscriber = await database.entities().findOneBy(SubscriberEntity, { tenantId, uid: SUBSCRIBER });
  if (!subscriber) return; // somebody deleted it: then it is not wanted
  const endpoint = { subscriberId: subscriber.id, uid: ENDPOINT };
  const found = await database.entities().findOneBy(EndpointEntity, endpoint);
  if (!found || found.url === url || found.deletedAt) return;
  await database.entities().update(EndpointEntity, { id: found.id }, { url, version: found.version + 1 });
}

function credential(text: string): { hash: Buffer; last4: string } {
  return { hash: hashKey(text), last4: text.slice(LAST) };
}

function urlOf({ inspectorUrl }: Seed): string {
  return `${inspectorUrl}/in/${SUBSCRIBER}`;
}

function id(): string {
  return newUuid(Date.now());
}
