import { newUuid } from '#core';
import { TenantEntity } from '#persistence';
import type { Database } from '#persistence';

/** Of the same time and kind, and nobody else's: the last twelve digits are turned about, so that the twin of a twin is the first again. */
export function twinOf(uuid: string): string {
  const digits = '0123456789abcdef';
  const turned = uuid.slice(-12).replaceAll(/./g, (digit) => digits[15 - digits.indexOf(digit)] ?? '');
  return uuid.slice(0, -12) + turned;
}

const twin = (column: string): string =>
  `(left(${column}::text, 24) || translate(right(${column}::text, 12), '0123456789abcdef', 'fedcba9876543210'))::uuid`;

/** Which rows are copied, in an order in which each finds what it refers to; `$1` is whose. */
type Selection = Record<string, string>;

const OF_ENDPOINTS = (endpoints: string): Selection => ({
  endpoints,
  endpoint_secrets: `endpoint_id IN (SELECT id FROM endpoints WHERE ${endpoints})`,
  lanes: `endpoint_id IN (SELECT id FROM endpoints WHERE ${endpoints})`,
  deliveries: `endpoint_id IN (SELECT id FROM endpoints WHERE ${endpoints})`,
  attempts: `delivery_id IN (SELECT d.id FROM deliveries d JOIN endpoints ON endpoints.id = d.endpoint_id WHERE endpoints.${endpoints})`,
});

const OF_TENANT: Selection = {
  subscribers: 'tenant_id = $1',
  event_types: 'tenant_id = $1',
  ...OF_ENDPOINTS('tenant_id = $1'),
  events: 'tenant_id = $1',
  api_keys: 'tenant_id = $1',
  idempotency_keys: 'tenant_id = $1',
};

const OF_SUBSCRIBER: Selection = {
  subscribers: 'id = $1',
  ...OF_ENDPOINTS('subscriber_id = $1'),
  events: 'subscriber_id = $1',
  api_keys: 'subscriber_id = $1',
};

/** A second tenant with the same of everything: uids, names, keys of repeats, payloads, times to the millisecond. Only the ids differ. */
export async function addTwinTenant(database: Database, tenantId: string): Promise<{ id: string }> {
  const id = newUuid(Date.now());
  await database.entities().insert(TenantEntity, { id, name: 'the twin' });
  await copy(database, OF_TENANT, tenantId, { tenantId: id, kept: [] });
  return { id };
}

/** A second subscriber of the same tenant with the same of everything but its uid. Broadcasts are one event, with deliveries to both. */
export async function addTwinSubscriber(database: Database, tenantId: string, id: string): Promise<void> {
  const broadcasts = await database.query<{ id: string }>(
    'SELECT id FROM events WHERE tenant_id = $1 AND subscriber_id IS NULL',
    [tenantId],
  );
  await copy(database, OF_SUBSCRIBER, id, { tenantId, kept: broadcasts.map((event) => event.id) });
}

async function copy(
  database: Database,
  selection: Selection,
  whose: string,
  { tenantId, kept }: { tenantId: string; kept: string[] },
): Promise<void> {
  for (const [table, condition] of Object.entries(selection)) {
    const columns = await database.query<{ name: string; type: string }>(
      `SELECT column_name AS name, data_type AS type FROM information_schema.columns
       WHERE table_schema = current_schema() AND table_name = $1`,
      [table],
    );
    const values = columns.map(({ name, type }) => copied(table, name, type));
    await database.query(
      `INSERT INTO ${table} (${columns.map(({ name }) => name).join(', ')})
       SELECT ${values.join(', ')} FROM ${table}
       WHERE ${condition} AND $2::uuid IS NOT NULL AND $3::uuid[] IS NOT NULL`,
      [whose, tenantId, kept],
    );
  }
}

function copied(table: string, name: string, type: string): string {
  if (name === 'tenant_id') return '$2::uuid';
  if (name === 'hash') return 'sha256(hash)';
  // Unique in a tenant: the twin in the same tenant needs another.
  if (table === 'subscribers' && name === 'uid') return `CASE WHEN tenant_id = $2 THEN uid || '-twin' ELSE uid END`;
  return type === 'uuid' ? `CASE WHEN ${name} = ANY ($3::uuid[]) THEN ${name} ELSE ${twin(name)} END` : name;
}
