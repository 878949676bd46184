import type { Database, Runner, Statement } from '../database.js';

/** Stands for all endpoints of an hour. */
const EVERY_ENDPOINT = '00000000-0000-0000-0000-000000000000';

/** Which of these hours (their beginnings, milliseconds) are not told to the end. Index: primary key. */
export async function untoldHours(database: Database, hours: readonly number[]): Promise<number[]> {
  const rows = await database.query<{ hour: number }>(
    `SELECT h.hour FROM unnest($1::float8[]) WITH ORDINALITY AS h (hour, ord)
     WHERE NOT EXISTS (SELECT 1 FROM dead_notices n WHERE n.hour = to_timestamp(h.hour / 1000) AND n.endpoint_id = '${EVERY_ENDPOINT}')
     ORDER BY h.ord`,
    [hours],
  );
  return rows.map((row) => row.hour);
}

/** Another process that enters the same rows is waited for. Index: primary key. */
const ENTER_DEAD_NOTICES: Statement = {
  name: 'enter-dead-notices',
  text: `
INSERT INTO dead_notices (hour, endpoint_id)
SELECT to_timestamp($1::float8 / 1000), t.endpoint_id FROM unnest($2::uuid[]) AS t (endpoint_id)
ON CONFLICT DO NOTHING
RETURNING endpoint_id AS "endpointId"`,
};

/** Writes down that these endpoints are told of that hour, and answers with those that were not yet. Sort them, so that two never lock in a circle. */
export async function enterDeadNotices(
  runner: Runner,
  hour: number,
  endpointIds: readonly string[],
): Promise<Set<string>> {
  const rows = await runner.run<{ endpointId: string }>(ENTER_DEAD_NOTICES, [hour, endpointIds]);
  return new Set(rows.map((row) => row.endpointId));
}

/** All of that hour is told. */
export async function closeHour(database: Database, hour: number): Promise<void> {
  await enterDeadNotices(database, hour, [EVERY_ENDPOINT]);
}

/** Hours that began before then (milliseconds) are no longer asked for. Index: primary key. */
export async function forgetDeadNotices(database: Database, before: number): Promise<void> {
  await database.query('DELETE FROM dead_notices WHERE hour < to_timestamp($1::float8 / 1000)', [before]);
}
