import { SECOND, uuidFloor } from '#core';
import type { Database } from '../../database.js';

/** The newest so many are looked at. */
const SAMPLED_AT_MOST = 10_000;

/**
 * Deliveries that publishing made for an endpoint, a second, over the last `overMs`. Their ids are their times, so it is one range of an index
 * and nothing is counted while publishing. When more came than are looked at, the rate is that of the newest, over the time since the
 * oldest of them (a second at least: one batch is no stream). What replays, resends and tests made is not arrival.
 * Index: deliveries_by_endpoint; 10,000 rows take 5 ms.
 */
export async function sampleArrivals(
  database: Database,
  endpointId: string,
  now: number,
  overMs: number,
): Promise<number> {
  const [row] = await database.query<{ perSecond: number }>(
    `
SELECT made * 1000.0::float8 / CASE WHEN looked_at < ${SAMPLED_AT_MOST} THEN $3::float8
                                ELSE least($3::float8, greatest(${SECOND}, $2::float8 - oldest_ms)) END AS "perSecond"
FROM (
  SELECT count(*) FILTER (WHERE trigger = 'initial') AS made, count(*) AS looked_at,
         ('x' || left(replace(min(id::text), '-', ''), 12))::bit(48)::bigint AS oldest_ms
  FROM (SELECT id, trigger FROM deliveries WHERE endpoint_id = $1 AND id >= $4::uuid ORDER BY id DESC LIMIT ${SAMPLED_AT_MOST}) newest
) sample`,
    [endpointId, now, overMs, uuidFloor(now - overMs)],
  );
  return row?.perSecond ?? 0;
}
