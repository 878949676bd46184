import { DAY, uuidFloor } from '#core';

/** Events published on a day for which there is no partition would be refused: a week of absence of the chore is survivable. */
const PARTITIONS_AHEAD = 7;
const PARTITIONED = ['events', 'deliveries', 'attempts'] as const;

type Query = (sql: string, values?: unknown[]) => Promise<unknown[]>;

/**
 * Makes the daily partitions from yesterday to `PARTITIONS_AHEAD` days ahead of `nowMs`. Each is made standalone and then attached: CREATE …
 * PARTITION OF takes a lock on the parent that waits behind every reader and holds up every insert meanwhile, ATTACH does not.
 */
export async function ensurePartitions(query: Query, nowMs: number): Promise<void> {
  const today = Math.floor(nowMs / DAY) * DAY;
  for (let day = today - DAY; day <= today + PARTITIONS_AHEAD * DAY; day += DAY) {
    for (const parent of PARTITIONED) await ensurePartition(query, parent, day);
  }
}

async function ensurePartition(query: Query, parent: (typeof PARTITIONED)[number], day: number): Promise<void> {
  const name = partitionName(parent, day);
  if (await isAttached(query, name)) return;
  const key = parent === 'attempts' ? 'delivery_id' : 'id';
  const from = uuidFloor(day);
  const to = uuidFloor(day + DAY);
  await query(
    `CREATE TABLE IF NOT EXISTS ${name} (LIKE ${parent} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)`,
  );
  // With the bounds known as a constraint, attaching need not read the table; the constraint is dropped again, the bounds say the same.
  await query(`ALTER TABLE ${name} DROP CONSTRAINT IF EXISTS within_day`);
  await query(`ALTER TABLE ${name} ADD CONSTRAINT within_day CHECK (${key} >= '${from}' AND ${key} < '${to}')`);
  await query(`ALTER TABLE ${parent} ATTACH PARTITION ${name} FOR VALUES FROM ('${from}') TO ('${to}')`);
  await query(`ALTER TABLE ${name} DROP CONSTRAINT within_day`);
}

async function isAttached(query: Query, name: string): Promise<boolean> {
  const rows = await query('SELECT 1 FROM pg_inherits WHERE inhrelid = to_regclass($1)', [name]);
  return rows.length > 0;
}

/** `deliveries_20261123` */
function partitionName(parent: string, day: number): string {
  return `${parent}_${new Date(day).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

/**
 * Removes the partitions of days that ended more than `retentionDays` before `nowMs`: detached without blocking anybody, then dropped. A plain
 * DROP behind a reader holds up every insert for as long as that reads. What cannot be had within the lock timeout is left for the next
 * time, and one whose detaching was interrupted is finished first. Answers how many are gone. Not inside a transaction.
 */
export async function dropPartitions(query: Query, nowMs: number, retentionDays: number): Promise<number> {
  const oldestKept = partitionName('', Math.floor(nowMs / DAY) * DAY - retentionDays * DAY);
  let dropped = 0;
  for (const parent of PARTITIONED) {
    for (const { name, attached, interrupted } of await partitionsOf(query, parent)) {
      if (name.slice(parent.length) >= oldestKept) continue;
      const detach = `ALTER TABLE ${parent} DETACH PARTITION ${name} ${interrupted ? 'FINALIZE' : 'CONCURRENTLY'}`;
      if (attached) await query(detach);
      await query(`DROP TABLE ${name}`);
      dropped += 1;
    }
  }
  return dropped;
}

interface Partition {
  name: string;
  /** False: it was detached and not dropped; the process that did it ended in between. */
  attached: boolean;
  interrupted: boolean;
}

async function partitionsOf(query: Query, parent: string): Promise<Partition[]> {
  const rows = await query(
    `SELECT c.relname AS name, (i.inhrelid IS NOT NULL) AS attached, coalesce(i.inhdetachpending, false) AS interrupted
     FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
     WHERE c.relkind = 'r' AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass($1)) AND c.relname ~ $2`,
    [parent, `^${parent}_[0-9]{8}$`],
  );
  return rows as Partition[];
}
