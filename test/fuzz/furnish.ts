import { decodeId } from '#core';
import { AttemptEntity, DeliveryEntity } from '#persistence';
import type { TestApi, TestTenant } from '../api/api.js';
import { idsIn } from './ids.js';

/** What a tenant has, and the keys to it. */
export interface Furnished {
  tenant: TestTenant;
  keys: { tenant: string; publisher: string; manage: string; read: string };
  /** Every id of it. */
  ids: string[];
  /** Ids of the keys' rows and of the subscriber whose tokens they are. */
  keyIds: string[];
}

/**
 * One of everything under names that every tenant uses alike, each marked wherever a text of the tenant's own may stand: so what is the other's
 * can be told from the answer alone. The mark is a DNS label.
 */
export async function furnish(api: TestApi, mark: string): Promise<Furnished> {
  const tenant = await api.addTenant({ name: mark });
  const as =
    (key: string) =>
    (status: number, method: string, url: string, body?: unknown, headers = {}) =>
      api.expect(status, method, `/v1/${url}`, { key, headers, ...(body === undefined ? {} : { body }) });
  const call = as(tenant.key);
  const answers = [];
  for (const uid of ['acme', 'globex']) {
    answers.push(await call(201, 'POST', 'subscribers', { uid, name: mark, metadata: { mark } }));
    const endpoint = {
      uid: 'orders',
      url: `https://${mark}.example/hooks`,
      description: mark,
      metadata: { mark },
      headers: { 'x-mark': mark },
    };
    answers.push(await call(201, 'POST', `subscribers/${uid}/endpoints`, endpoint));
  }
  await call(201, 'POST', 'event-types', { name: 'order.placed', description: mark, schema: { title: mark } });
  for (const [n, subscriber] of ['acme', 'acme', 'acme', 'globex'].entries())
    await call(
      202,
      'POST',
      'events',
      { subscriber, type: 'order.placed', data: { mark } },
      { 'idempotency-key': `k-${n}` },
    );
  await call(202, 'POST', 'events', { broadcast: true, type: 'order.placed', body: mark });
  const publisher = await call(201, 'POST', 'keys', { role: 'publisher', name: mark });
  const manage = await call(
    201,
    'POST',
    'subscribers/acme/tokens',
    { scope: 'manage', name: mark },
    { 'idempotency-key': 'k' },
  );
  const read = await call(201, 'POST', 'subscribers/acme/tokens', { scope: 'read', name: mark });
  await liveThrough(api, tenant, mark);
  for (const list of ['keys', 'events', 'deliveries']) answers.push(await call(200, 'GET', list));
  const me = await call(200, 'GET', 'me');
  return {
    tenant,
    keys: { tenant: tenant.key, publisher: publisher.body.key, manage: manage.body.key, read: read.body.key },
    ids: [...new Set(idsIn([...answers, publisher, manage, read, me].map(({ text }) => text).join('\n')))],
    keyIds: [me.body.id, publisher.body.id, manage.body.id, read.body.id, manage.body.subscriberId],
  };
}

/** What a dispatcher would have done meanwhile: one delivery has come, one is dead, one was tried, and the marked answers are stored. */
async function liveThrough(api: TestApi, tenant: TestTenant, mark: string): Promise<void> {
  const { body } = await api.expect(200, 'GET', '/v1/deliveries?order=asc&subscriber=acme', { key: tenant.key });
  const [delivered, dead, tried] = body.data.map(({ id }) => decodeId('delivery', id)!);
  const entities = api.database.entities();
  for (const [deliveryId, status] of [
    [delivered, 200],
    [dead, 410],
    [tried, 503],
  ] as const) {
    await entities.insert(AttemptEntity, {
      deliveryId: deliveryId!,
      number: 1,
      trigger: 'initial',
      startedAt: new Date(),
      durationMs: 312,
      status,
      error: status === 200 ? null : 'http_status',
      url: `https://${mark}.example/hooks`,
      contentType: 'text/plain',
      body: Buffer.from(mark),
      truncated: false,
    });
    await entities.update(DeliveryEntity, { id: deliveryId! }, { attempts: 1 });
  }
  const settledAt = new Date();
  await entities.update(DeliveryEntity, { id: delivered! }, { state: 'delivered', settledAt });
  await entities.update(DeliveryEntity, { id: dead! }, { state: 'dead', reason: 'gone', settledAt });
}
