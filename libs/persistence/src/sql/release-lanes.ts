import type { Database, Statement } from '../database.js';
import { flowColumns } from './lane-flow.js';
import type { LaneFlow } from './lane-flow.js';
import type { PendingIds } from './pending-ids.js';

export interface LaneToRelease {
  endpointId: string;
  epoch: number;
  /** Milliseconds: not before then, whatever is due (a lane that cannot send now). Null: when the next delivery is due. */
  notBefore: number | null;
  /** Of the endpoint as the holder knows it: has it changed meanwhile, somebody must look again. */
  version: number;
  /** Null: what is stored stays. */
  flow: LaneFlow | null;
}

export interface LaneReleased {
  endpointId: string;
  /** Somebody wanted the lane meanwhile, or something is due already: go on. */
  goOn: boolean;
}

/**
 * Gives lanes back: lease and knock are cleared, the old knock is answered, and `wake_at` becomes the time of the next due delivery. A wake
 * for what is committed after this statement's snapshot finds the lane either still held (and knocks: the row lock makes this statement see
 * it) or free. A paused or deleted endpoint wakes for nothing but tests. The flow state is kept for the next holder; if the endpoint was
 * resumed or moved, or its head was cancelled, and the holder has not seen it yet, its pause is not. For that the endpoint of a lane with a pause is locked first: a resume that
 * commits while this statement waits for its lane would not be in the snapshot.
 *
 * Rows in the order given: sort by endpoint. Indexes: primary keys, deliveries_pending_by_lane, deliveries_pending_replays.
 */
const RELEASE_LANES: Statement = {
  name: 'release-lanes',
  text: `
WITH paused AS MATERIALIZED (
  SELECT e.id, e.version FROM unnest($1::uuid[], $10::float8[]) AS r (endpoint_id, paused_until)
  JOIN endpoints e ON e.id = r.endpoint_id WHERE r.paused_until IS NOT NULL
  FOR SHARE OF e
),
held AS MATERIALIZED (
  SELECT l.endpoint_id, l.knocked, l.replays_until, r.not_before, r.version, r.at, r.flow, r.paused_until, r.pause_reason,
         coalesce((p.versions ->> l.endpoint_id::text)::int <> r.version, false) AS changed
  FROM unnest($1::uuid[], $2::bigint[], $3::float8[], $7::int[], $8::float8[], $9::jsonb[], $10::float8[], $11::text[])
    AS r (endpoint_id, epoch, not_before, version, at, flow, paused_until, pause_reason)
  JOIN lanes l ON l.endpoint_id = r.endpoint_id AND l.epoch = r.epoch AND l.holder = $4::uuid
  CROSS JOIN (SELECT jsonb_object_agg(id, version) AS versions FROM paused) p
  FOR UPDATE OF l
),
due AS MATERIALIZED (
  SELECT h.endpoint_id, h.knocked, h.at, h.flow, h.paused_until, h.pause_reason, (h.changed OR e.version IS DISTINCT FROM h.version) AS changed,
         greatest(to_timestamp(h.not_before / 1000), n.next_at) AS due_at
  FROM held h
  JOIN endpoints e ON e.id = h.endpoint_id
  CROSS JOIN LATERAL (
    SELECT min(f.next_at) AS next_at FROM (
      (SELECT d.next_at FROM deliveries d
       WHERE d.endpoint_id = h.endpoint_id AND d.state = 'pending' AND d.trigger <> 'replay' AND d.id BETWEEN $5::uuid AND $6::uuid
         AND d.next_at <= d.deadline AND e.state = 'active' AND e.deleted_at IS NULL
       ORDER BY d.next_at LIMIT 1)
      UNION ALL
      (SELECT d.next_at FROM deliveries d
       WHERE h.replays_until > now()
         AND d.endpoint_id = h.endpoint_id AND d.state = 'pending' AND d.trigger = 'replay' AND d.id BETWEEN $5::uuid AND $6::uuid
         AND d.next_at <= d.deadline AND e.state = 'active' AND e.deleted_at IS NULL
       ORDER BY d.next_at LIMIT 1)
    ) f
  ) n
)
UPDATE lanes l
SET holder = NULL, lease_until = NULL, granted = 0, knocked = false, wake_at = CASE WHEN d.due_at > now() THEN d.due_at END,
  flow = CASE WHEN d.at IS NULL THEN l.flow WHEN d.changed THEN d.flow - 'order' ELSE d.flow END,
  paused_until = CASE WHEN d.changed THEN NULL WHEN d.at IS NULL THEN l.paused_until ELSE to_timestamp(d.paused_until / 1000) END,
  pause_reason = CASE WHEN d.changed THEN NULL WHEN d.at IS NULL THEN l.pause_reason ELSE d.pause_reason END
FROM due d
WHERE l.endpoint_id = d.endpoint_id
RETURNING l.endpoint_id AS "endpointId", (d.knocked OR d.changed OR coalesce(d.due_at <= now(), false)) AS "goOn"`,
};

/** Lanes whose epoch has moved on are missing in the answer: they were lost, and are no concern of this holder any more. */
export async function releaseLanes(
  database: Database,
  lanes: readonly LaneToRelease[],
  holder: string,
  ids: PendingIds,
): Promise<LaneReleased[]> {
  return database.run<LaneReleased>(RELEASE_LANES, [
    lanes.map((lane) => lane.endpointId),
    lanes.map((lane) => lane.epoch),
    lanes.map((lane) => lane.notBefore),
    holder,
    ids.oldest,
    ids.newest,
    lanes.map((lane) => lane.version),
    ...flowColumns(lanes.map((lane) => lane.flow)),
  ]);
}
