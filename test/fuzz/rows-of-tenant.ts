import type { Database } from '#persistence';

/** Every row that belongs to a tenant, as text by table: whatever another tenant does, nothing of it may change. */
export async function rowsOf(database: Database, tenantId: string): Promise<Record<string, string[]>> {
  const tables = await database.query<{ name: string }>(
    `SELECT c.table_name AS name FROM information_schema.columns c
     JOIN pg_class p ON p.relname = c.table_name AND p.relkind IN ('r', 'p') AND NOT p.relispartition
     WHERE c.table_schema = current_schema() AND c.column_name = 'tenant_id' ORDER BY 1`,
  );
  const rows: Record<string, string[]> = {};
  for (const { name } of tables) {
    const found = await database.query<{ row: string }>(
      `SELECT t::text AS row FROM "${name}" t WHERE tenant_id = $1 ORDER BY 1`,
      [tenantId],
    );
    rows[name] = found.map(({ row }) => row);
  }
  return rows;
}
