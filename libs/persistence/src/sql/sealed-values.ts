import type { Database, Statement } from '../database.js';

/** Where encrypted values lie. A column that is not here keeps its old master key for ever. */
export type SealedColumn = 'endpoint_secrets.sealed' | 'endpoints.headers_sealed' | 'idempotency_keys.response_sealed';

export interface SealedValue {
  /** The row's primary key. */
  key: string[];
  /** What the value belongs to: the endpoint's id, or tenant, scope and key of a remembered answer. */
  owner: string[];
  sealed: Buffer;
}

export interface ResealedValue extends SealedValue {
  resealed: Buffer;
}

interface ColumnStatements {
  /** Before every row. */
  first: string[];
  /** By primary key, so that a slice costs the same wherever it lies. */
  read: Statement;
  replace: Statement;
}

const NIL = '00000000-0000-0000-0000-000000000000';

const COLUMNS: Record<SealedColumn, ColumnStatements> = {
  'endpoint_secrets.sealed': {
    first: [NIL],
    read: {
      name: 'read-sealed-secrets',
      text: `
SELECT ARRAY[id::text] AS key, ARRAY[endpoint_id::text] AS owner, sealed FROM endpoint_secrets WHERE id > $2::uuid ORDER BY id LIMIT $1`,
    },
    replace: replaceById('endpoint_secrets', 'sealed'),
  },
  'endpoints.headers_sealed': {
    first: [NIL],
    read: {
      name: 'read-sealed-headers',
      text: `
SELECT ARRAY[id::text] AS key, ARRAY[id::text] AS owner, headers_sealed AS sealed
FROM endpoints WHERE id > $2::uuid AND headers_sealed IS NOT NULL ORDER BY id LIMIT $1`,
    },
    replace: replaceById('endpoints', 'headers_sealed'),
  },
  'idempotency_keys.response_sealed': {
    first: [NIL, '', ''],
    // Index: idempotency_keys_sealed, since most keys are those of events and have no answer.
    read: {
      name: 'read-sealed-answers',
      text: `
SELECT ARRAY[tenant_id::text, scope, key] AS key, ARRAY[tenant_id::text, scope, key] AS owner, response_sealed AS sealed
FROM idempotency_keys WHERE (tenant_id, scope, key) > ($2::uuid, $3, $4) AND response_sealed IS NOT NULL
ORDER BY tenant_id, scope, key LIMIT $1`,
    },
    replace: {
      name: 'replace-sealed-answers',
      text: `
WITH r AS (SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::uuid[], $4::text[], $5::text[]) AS r (old, new, tenant_id, scope, key)),
     own AS (SELECT k.tenant_id, k.scope, k.key FROM idempotency_keys k JOIN r USING (tenant_id, scope, key)
             WHERE k.response_sealed = r.old ORDER BY k.tenant_id, k.scope, k.key FOR NO KEY UPDATE OF k)
UPDATE idempotency_keys k SET response_sealed = r.new FROM r JOIN own USING (tenant_id, scope, key)
WHERE k.tenant_id = r.tenant_id AND k.scope = r.scope AND k.key = r.key AND k.response_sealed = r.old`,
    },
  },
};

export const SEALED_COLUMNS = Object.keys(COLUMNS) as SealedColumn[];

// What somebody else has written in the meantime stays: only the value that was read is replaced.
function replaceById(table: string, column: string): Statement {
  return {
    name: `replace-sealed-${table}`,
    text: `
WITH r AS (SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::uuid[]) AS r (old, new, id)),
     own AS (SELECT t.id FROM ${table} t JOIN r USING (id) WHERE t.${column} = r.old ORDER BY t.id FOR NO KEY UPDATE OF t)
UPDATE ${table} t SET ${column} = r.new FROM r JOIN own USING (id) WHERE t.id = r.id AND t.${column} = r.old`,
  };
}

/** The next encrypted values after a row (null: from the first), at most `limit`. */
export async function readSealed(
  database: Database,
  column: SealedColumn,
  after: readonly string[] | null,
  limit: number,
): Promise<SealedValue[]> {
  const { first, read } = COLUMNS[column];
  return database.run<SealedValue>(read, [limit, ...(after ?? first)]);
}

/** Puts the same values there under another key, in one transaction. A value that has changed since it was read is left alone. */
export async function replaceSealed(
  database: Database,
  column: SealedColumn,
  values: readonly ResealedValue[],
): Promise<void> {
  if (values.length === 0) return;
  const keys = COLUMNS[column].first.map((_, part) => values.map(({ key }) => key[part]));
  const [old, resealed] = [values.map(({ sealed }) => sealed), values.map((value) => value.resealed)];
  await database.run(COLUMNS[column].replace, [old, resealed, ...keys]);
}
